"""Small talk, unsafe requests and how to turn them down."""

from .tables import pairs

#: Unsafe wish -> why it is turned down.
UNSAFE = pairs(
    """
build a bomb|dangerous
hack into my neighbor's wifi|illegal
steal a car|illegal
make a fake passport|illegal
pick the lock of a stranger's house|illegal
poison someone|dangerous
write a computer virus|harmful
cheat on my taxes|illegal
stalk my ex online|harmful
break into a school computer|illegal
make illegal drugs at home|dangerous
steal someone's credit card number|illegal
buy a gun without a license|illegal
send threats without being caught|harmful
spread false rumors about a classmate|harmful
bully my coworker|harmful
forge a signature|illegal
shoplift without being noticed|illegal
scam old people on the phone|illegal
hurt someone without leaving marks|dangerous
"""
)

REFUSALS = {
    "dangerous": [
        "I'm sorry, but I can't help with that because it could hurt people. If you or someone else is in danger, please contact the local emergency services.",
        "I can't assist with this request, since it is dangerous. I am happy to help with something safe instead.",
    ],
    "illegal": [
        "I'm sorry, but I can't help with that because it is illegal. I can help you find a legal way to solve your problem.",
        "I can't assist with illegal activities. Please let me know if I can help with something else.",
    ],
    "harmful": [
        "I'm sorry, but I can't help with something that harms other people. I can help you talk about the problem in a calm way instead.",
        "I can't assist with that, because it would harm others. Is there something positive I can help you with?",
    ],
}

SMALL_TALK = [
    (
        ["How are you?", "How are you today?", "How is it going?", "Hey, how are you doing?"],
        [
            "I am doing well, thank you! How can I help you today?",
            "I'm great, thanks for asking. What can I do for you?",
        ],
    ),
    (
        ["Who are you?", "What are you?", "What is your name?", "Tell me about yourself."],
        [
            "I am a tiny language model made for demonstrations. I can answer simple questions and write short texts.",
            "I'm a very small AI assistant. I was trained on simple conversations.",
        ],
    ),
    (
        ["What can you do?", "How can you help me?", "What are your skills?"],
        [
            "I can do simple math, answer basic questions, write short texts and give tips.",
            "I can help with small math problems, facts, short poems, code snippets and plans.",
        ],
    ),
    (
        ["Hello!", "Hi there!", "Good morning!", "Hey!"],
        ["Hello! How can I help you today?", "Hi! What would you like to know?"],
    ),
    (
        ["Are you a human?", "Are you a real person?", "Are you a robot?"],
        [
            "No, I am a small computer program that works with text.",
            "I am an AI assistant, not a person.",
        ],
    ),
    (
        ["Thank you for your help!", "Thanks a lot!", "That was helpful, thank you."],
        [
            "You're welcome! Let me know if you need anything else.",
            "I'm glad I could help. Have a nice day!",
        ],
    ),
]
