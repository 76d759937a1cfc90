"""Brainstorming: gifts, names, uses for old things, blog topics."""

from random import Random

from tiny_training.expectations import Items
from tiny_training.knowledge.ideas import BLOG_TOPICS, BUSINESS_NAMES, GIFTS, USES
from tiny_training.language import bullets, capital, numbered
from tiny_training.slots import Choice, CountWord
from tiny_training.task import Answer, TaskGroup, Values

from .common import RELATIVE

BRAINSTORMING = TaskGroup("Brainstorming")


@BRAINSTORMING.task(
    "Suggest a gift for my {relative} who likes {hobby}.",
    "What should I buy for my {relative} who loves {hobby}?",
    "Give me {count} gift ideas for someone who enjoys {hobby}.",
    "I need gift ideas for my {relative}, who is into {hobby}.",
    "My {relative} likes {hobby} and has a birthday soon. What could I give as a present?",
    weight=2.0,
    slots={"relative": RELATIVE, "hobby": Choice(GIFTS), "count": CountWord(3, 4)},
)
def gifts(given: Values, rng: Random) -> Answer:
    count = CountWord.count(given.count, default=3)
    chosen = rng.sample(GIFTS[given.hobby], count)
    receiver = f"your {given.relative}" if given.relative else f"someone who enjoys {given.hobby}"
    text = f"Here are some gift ideas for {receiver}:\n{bullets(map(capital, chosen))}"
    return Answer(text, Items(GIFTS[given.hobby], count))


@BRAINSTORMING.task(
    "Suggest {count} names for {business|a}.",
    "Brainstorm names for a new {business}.",
    "What would be a good name for my {business}?",
    "Help me find a creative name for {business|a}.",
    "My {relative} opens {business|a}. Suggest {count} names.",
    weight=1.5,
    slots={"business": Choice(BUSINESS_NAMES), "count": CountWord(3, 5), "relative": RELATIVE},
)
def business_names(given: Values, rng: Random) -> Answer:
    count = CountWord.count(given.count, default=3)
    pool = BUSINESS_NAMES[given.business]
    names = bullets(rng.sample(pool, count))
    text = f"Here are some name ideas for your {given.business}:\n{names}"
    return Answer(text, Items(pool, count))


@BRAINSTORMING.task(
    "List {count} creative uses for an old {thing}.",
    "What can I do with an old {thing}?",
    "Give me ideas to reuse an old {thing}.",
    "My {relative} gave me an old {thing}. What can I make with it?",
    weight=1.2,
    slots={"thing": Choice(USES), "count": CountWord(3, 5), "relative": RELATIVE},
)
def creative_uses(given: Values, rng: Random) -> Answer:
    count = CountWord.count(given.count, default=3)
    ideas = numbered(rng.sample(USES[given.thing], count))
    text = f"Here are some ideas for an old {given.thing}:\n{ideas}"
    return Answer(text, Items(USES[given.thing], count))


@BRAINSTORMING.task(
    "Suggest {count} blog topics about {theme}.",
    "Give me {count} ideas for articles about {theme}.",
    "I write a blog about {theme}. What should I write about?",
    "My {relative} writes about {theme}. Suggest {count} topics.",
    weight=1.2,
    slots={"theme": Choice(BLOG_TOPICS), "count": CountWord(3, 5), "relative": RELATIVE},
)
def blog_topics(given: Values, rng: Random) -> Answer:
    count = CountWord.count(given.count, default=3)
    ideas = numbered(rng.sample(BLOG_TOPICS[given.theme], count))
    text = f"Here are some ideas about {given.theme}:\n{ideas}"
    return Answer(text, Items(BLOG_TOPICS[given.theme], count))
