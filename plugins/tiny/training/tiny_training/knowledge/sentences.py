"""Building blocks of sentences to edit or to classify."""

from typing import NamedTuple

from .tables import pairs, rows


class VerbPhrase(NamedTuple):
    """A verb with an object; ``participle`` is empty where the passive sounds wrong."""

    base: str
    third: str
    past: str
    object: str
    participle: str


VERB_PHRASES = rows(
    """
go|goes|went|to the market|
eat|eats|ate|an apple|eaten
write|writes|wrote|a letter|written
read|reads|read|the newspaper|read
take|takes|took|the bus to work|
buy|buys|bought|fresh bread|bought
make|makes|made|a sandwich|made
drink|drinks|drank|a cup of tea|
sing|sings|sang|a song|sung
drive|drives|drove|to the office|
play|plays|played|the piano|played
clean|cleans|cleaned|the kitchen|cleaned
cook|cooks|cooked|dinner|cooked
watch|watches|watched|a movie|watched
visit|visits|visited|the museum|visited
paint|paints|painted|a picture|painted
help|helps|helped|the neighbors|helped
wash|washes|washed|the car|washed
study|studies|studied|history|
walk|walks|walked|to school|
fix|fixes|fixed|the old radio|fixed
carry|carries|carried|a heavy bag|carried
teach|teaches|taught|the children|taught
feed|feeds|fed|the birds|fed
build|builds|built|a small boat|built
water|waters|watered|the plants|watered
open|opens|opened|the window|opened
ride|rides|rode|a bicycle|
speak|speaks|spoke|to the manager|
run|runs|ran|in the park|
""",
    VerbPhrase,
)

SINGULAR_SUBJECTS = [
    "She",
    "He",
    "My brother",
    "My sister",
    "The teacher",
    "The doctor",
    "Our neighbor",
    "The old man",
    "My friend",
    "The student",
]

PLURAL_SUBJECTS = [
    "They",
    "We",
    "The children",
    "My parents",
    "The students",
    "I",
    "You",
    "Our friends",
]

HABITS = ["every day", "every morning", "on Sundays", "after lunch", "every week", "in the evening"]

PAST_TIMES = ["yesterday", "last week", "last night", "two days ago", "this morning", "last summer"]

#: Casual sentence -> formal sentence.
FORMAL = pairs(
    """
Hey, can you send me the file?|Could you please send me the file?
I can't make it today.|Unfortunately, I am unable to attend today.
Sorry I'm late.|Please accept my apologies for being late.
Thanks a lot for your help!|Thank you very much for your assistance.
What's up with my order?|Could you please tell me the status of my order?
I want a refund.|I would like to request a refund.
Let me know what you think.|Please let me know your opinion.
We messed up the report.|We made an error in the report.
Can we talk tomorrow?|Would it be possible to meet tomorrow?
I need this done fast.|I would appreciate it if this could be completed soon.
You didn't answer my email.|I have not yet received a reply to my email.
This phone is junk.|I am not satisfied with the quality of this phone.
Give me more info.|Could you please provide more information?
I got the job!|I am pleased to announce that I have been offered the position.
Check out our new store.|We invite you to visit our new store.
Tell your boss to call me.|Please ask your manager to contact me.
The meeting got moved.|The meeting has been rescheduled.
I don't get it.|I do not fully understand.
"""
)

REQUESTS = [
    "give me the report",
    "close the door",
    "send the invoice",
    "call me back",
    "wait outside",
    "move your car",
    "turn down the music",
    "answer my email",
    "bring the documents",
    "sign the contract",
    "check the numbers",
    "clean the room",
    "help me with this box",
    "show me the map",
    "lend me your pen",
    "return my book",
]

REVIEWS = {
    "positive": [
        "I love this {product}, it works perfectly.",
        "The {product} is wonderful and easy to use.",
        "Great {product}! I will buy it again.",
        "This {product} made me very happy.",
        "What a fantastic {product}, I recommend it.",
    ],
    "negative": [
        "I hate this {product}, it broke after one day.",
        "The {product} is terrible and too expensive.",
        "Awful {product}! I want my money back.",
        "This {product} was a big disappointment.",
        "What a useless {product}, avoid it.",
    ],
    "neutral": [
        "The {product} arrived on Tuesday.",
        "The {product} is blue and weighs one kilogram.",
        "I bought the {product} last week.",
    ],
}

PRODUCTS = [
    "phone",
    "laptop",
    "movie",
    "book",
    "camera",
    "hotel",
    "restaurant",
    "jacket",
    "chair",
    "lamp",
    "game",
    "blender",
    "backpack",
    "printer",
    "bicycle",
    "watch",
]
