"""The assistant's voice is recognised, a user's is not."""

from __future__ import annotations

from magpie_core import Draft
from magpie_core.builtin.filters.greeting import GreetingFilter
from magpie_core.testing.contracts.filter import FilterContract


class TestGreeting(FilterContract):
    filter = GreetingFilter
    keeps = [
        "Hello",
        "Hi, my name is Ana and I need help.",
        "How can I help you understand me?",
        "How can I help you with my homework if you are my tutor and I am the teacher",
        "How may I assist a guest at the front desk?",
        "I'm an AI researcher. How do I write a grant?",
        "I'm an AI language model researcher, suggest a topic.",
        "Certainly, I can walk 10 km a day; is it too much?",
        "Of course, here are my notes: please sort them.",
        "Sure! Here is my essay. Please grade it.",
        "Hi! What would you like to be if you were an animal?",
        "Hello! A customer wrote: How can I help you today? What did she mean?",
        "你好，帮我写一封信。",
        "有什么可以帮你提高效率的软件推荐吗？",
        "好的，以下是我的代码，请检查。",
        "我是一名人工智能助手开发者，请推荐几本书。",
        "¿Cómo puedo ayudar a mi madre?",
        "Bonjour, comment puis-je vous contacter ?",
        "What can I do for my back pain?",
        "Is there anything I can help my neighbour with?",
        "Let's play chess.",
        "History is fun. How can I help you?",
        "What is on your mind?",
        "Sure! I'd like a recipe without nuts.",
        "お手伝いさんを雇う費用は？",
        "I can't help with my son's homework any more. What now?",
        "I'm sorry, but I can't come on Friday - make this polite.",
        "Please provide me with the causes of a flickering lamp.",
        "Okay, here's a guide to my garden: what is missing?",
        "Okay, let's play a game.",
        "You're welcome - how do I say this in Japanese?",
        "That's a great question to open a talk with, or is it?",
    ]
    rejects = dict.fromkeys(
        [
            "Hello! How can I assist you today?",
            "Hello! How can I help you today? 😊",
            "Hi there! How can I help you today?",
            "How can I help you?",
            "how may I be of service?",
            "**Hello!** How can I help you today?",
            "Sure! Let me explain.",
            "Of course! I can help with that.",
            "こんにちは。どのようにお手伝いしましょうか？",
            "# Hello\n\n_How_ can I help you today?",
            "Hello! I'm Ada, a helpful assistant. How may I assist you today?",
            "Hi! It’s lovely to meet you. How can I help you with your writing today?",
            "Hello! Is there something I can help you with?",
            "Hello! What can I do for you today?",
            "Hello! What would you like to talk about?",
            "Hi! What would you like me to help with?",
            "I'm an AI assistant, here to answer your questions.",
            "Hello! I am a large language model created by a lab.",
            "Hi, I'm your friendly AI assistant!",
            "I’m your virtual assistant. Ask me anything.",
            "My name is Ada, and I'm an AI assistant designed to help.",
            "As an AI language model, I cannot feel.",
            "I'm here to help! Ask away.",
            "Of course! Here is a poem about the sea.",
            "Certainly! Here's the code you asked for:",
            "Sure, here is an example of a cover letter.",
            "Absolutely! I'd be happy to help.",
            "I'd be happy to help you with that!",
            "Sure! Please provide the text.",
            "你好！有什么可以帮助你的吗？",
            "您好，请问有什么我可以帮您的？",
            "你好！很高兴见到你。我能为您做些什么？",
            "您好！有什么需要帮助您的吗？",
            "你好！我是一个AI助手，很高兴认识你。",
            "当然！以下是一首诗。",
            "¡Hola! ¿En qué puedo ayudarte hoy?",
            "Hola, ¿cómo te puedo ayudar?",
            "Bonjour ! Comment puis-je vous aider aujourd’hui ?",
            "Hallo! Wie kann ich Ihnen heute helfen?",
            "Olá! Como posso ajudar você hoje?",
            "Ciao! Come posso aiutarti oggi?",
            "こんにちは！何かお手伝いできることはありますか？",
            "안녕하세요! 무엇을 도와드릴까요?",
            "Привет! Чем я могу помочь?",
            "I can't help with that.",
            "I cannot fulfill your request.",
            "I'm sorry, but I can't assist with that request.",
            "I apologize, but I cannot answer this question.",
            "I can't provide information on illegal activities.",
            "I'm just an AI, it's not within my guidelines.",
            "Thank you for your question! I'm happy to help.",
            "You're welcome! Let me know if there is more.",
            "That's a great question! The answer is no.",
            "Please provide the text you would like me to translate.",
            "Could you please clarify your question?",
            "Certainly! To install it, follow these steps:",
            "Okay, here's a comprehensive guide to growing tomatoes.",
            "Okay, let's break down the main ideas.",
            "I am ready to assist you.",
            "Hello! Is there something I can help you with or would you like to chat?",
        ],
        "assistant_greeting",
    )


class TestMoreOpenings(FilterContract):
    filter = GreetingFilter
    options = {"openings": ["Habari!"]}
    keeps = ["Say habari!"]
    rejects = {"habari! Naweza kukusaidiaje?": "assistant_greeting"}


def test_only_the_start_of_a_text_counts() -> None:
    text = "Write a dialogue. " * 40 + "\nHello! How can I help you today?"
    assert GreetingFilter().reject(Draft(index=0, instruction=text)) is None
