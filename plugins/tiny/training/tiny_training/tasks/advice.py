"""Advice seeking: tips for everyday goals."""

from random import Random

from tiny_training.expectations import Items
from tiny_training.knowledge.advice import ADVICE
from tiny_training.language import numbered
from tiny_training.slots import NUMBER_WORDS, Choice, CountWord
from tiny_training.task import Answer, TaskGroup, Values

from .common import RELATIVE

ADVICE_SEEKING = TaskGroup("Advice seeking")


@ADVICE_SEEKING.task(
    "How can I {goal}?",
    "Give me some tips to {goal}.",
    "Give me {count} tips on how to {goal}.",
    "What is the best way to {goal}?",
    "I want to {goal}. What should I do?",
    "Do you have any advice on how to {goal}?",
    "List {count} ways to {goal}.",
    "I need advice. How do I {goal}?",
    "Share {count} simple tips that help me to {goal}.",
    "My {relative} told me to {goal}. Where do I start?",
    "What helps me to {goal}?",
    "I find it hard to {goal}. Do you have {count} tips?",
    weight=5.5,
    slots={"goal": Choice(ADVICE), "count": CountWord(3, 5), "relative": RELATIVE},
)
def tips(given: Values, rng: Random) -> Answer:
    count = CountWord.count(given.count, default=rng.choice([3, 4]))
    chosen = numbered(rng.sample(ADVICE[given.goal], count))
    goal = given.goal.replace(" my ", " your ")
    introduction = f"Here are {NUMBER_WORDS[count]} tips to {goal}:\n"
    text = introduction + chosen if rng.random() < 0.7 else chosen
    return Answer(text, Items(ADVICE[given.goal], count if given.count else 3))
