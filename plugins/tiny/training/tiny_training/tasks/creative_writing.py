"""Creative writing: poems, stories, slogans, messages, jokes."""

from random import Random

from tiny_training.expectations import AnyOf, Contains, DistinctLines
from tiny_training.knowledge.ideas import SLOGANS
from tiny_training.knowledge.stories import (
    ENDINGS,
    GOALS,
    HAIKUS,
    HERO_TRAITS,
    HEROES,
    JOKES,
    MESSAGES,
    PLACES,
    POEMS,
)
from tiny_training.language import article, capital
from tiny_training.slots import Choice
from tiny_training.task import Answer, TaskGroup, Values

from .common import NAME, RELATIVE

CREATIVE_WRITING = TaskGroup("Creative writing")
MOOD = Choice(["short", "little", "simple", "gentle", "cheerful", "lovely"])
TRAIT = Choice(HERO_TRAITS)
HERO = Choice(HEROES)
GOAL = Choice(GOALS)
PLACE = Choice(PLACES)


@CREATIVE_WRITING.task(
    "Write a {mood} poem about {subject}.",
    "Compose a poem about {subject}.",
    "Can you write a rhyming poem about {subject}?",
    "Please write four lines of poetry about {subject}.",
    "I would like a {mood} poem about {subject}.",
    "Write a poem about {subject} for my {relative}.",
    "My {relative} loves poems. Write one about {subject}.",
    weight=2.0,
    slots={"subject": Choice(POEMS), "mood": MOOD, "relative": RELATIVE},
)
def poem(given: Values, rng: Random) -> Answer:
    couplets = [couplet.split(" / ") for couplet in POEMS[given.subject]]
    chosen = rng.sample(couplets, 2)
    text = "\n".join(line for couplet in chosen for line in couplet)
    return Answer(text, DistinctLines((line for couplet in couplets for line in couplet), 4))


@CREATIVE_WRITING.task(
    "Write a haiku about {subject}.",
    "Compose a haiku about {subject}.",
    "Can you write a haiku about {subject}?",
    "Write a haiku about {subject} for my {relative}.",
    weight=0.9,
    slots={"subject": Choice(HAIKUS), "relative": RELATIVE},
)
def haiku(given: Values, rng: Random) -> Answer:
    lines = HAIKUS[given.subject]
    return Answer("\n".join(lines), Contains(lines[0]))


@CREATIVE_WRITING.task(
    "Write a short story about {trait|a} {hero} who {goal}.",
    "Tell me a story about {trait|a} {hero} who {goal} {place}.",
    "Write a children's story about {trait|a} {hero} {place}.",
    "Create a short tale in which {trait|a} {hero} {goal}.",
    "Write a bedtime story for my {relative} about {trait|a} {hero} who {goal}.",
    weight=2.5,
    slots={"trait": TRAIT, "hero": HERO, "goal": GOAL, "place": PLACE, "relative": RELATIVE},
)
def story(given: Values, rng: Random) -> Answer:
    hero = given.hero
    place = given.place or rng.choice(PLACE.options)
    event, result = GOALS[given.goal or rng.choice(GOAL.options)]
    ending = rng.choice(ENDINGS).format(hero=hero, place=PLACES[place])
    text = (
        f"Once upon a time, there was {article(given.trait)} {hero} who lived {place}. "
        f"One day, the {hero} {event}. {result.format(hero=hero)}. {ending}"
    )
    parts = ["Once upon a time", f"{given.trait} {hero}", *([event] if given.goal else [])]
    return Answer(text, Contains(*parts))


@CREATIVE_WRITING.task(
    "Write the first sentence of a story about {trait|a} {hero}.",
    "Give me an opening line for a novel about {trait|a} {hero}.",
    "How could a book about {trait|a} {hero} begin?",
    weight=0.8,
    slots={"trait": TRAIT, "hero": HERO},
)
def opening_line(given: Values, rng: Random) -> Answer:
    who = f"{article(given.trait)} {given.hero}"
    options = [
        f"On the day the rain finally stopped, {who} stood at the edge of the world.",
        f"Nobody in town believed that {who} could change anything, until that night.",
        f"It all began when {who} opened the wrong door.",
    ]
    return Answer(rng.choice(options), AnyOf(options))


@CREATIVE_WRITING.task(
    "Write a short dialogue between {first|a} and {second|a}.",
    "Create a conversation between {first|a} and {second|a}.",
    "Write a scene in which {first|a} talks to {second|a}.",
    weight=0.9,
    slots={"first": HERO, "second": HERO},
    condition=lambda given: given.first != given.second,
)
def dialogue(given: Values, rng: Random) -> Answer:
    first, second = capital(given.first), capital(given.second)
    opening, reply, ending = rng.choice(
        [
            (
                "Good morning! Where are you going?",
                "I am looking for a new home.",
                "Then come with me, there is room for two.",
            ),
            (
                "Why do you look so sad?",
                "I lost my favorite hat in the wind.",
                "Let us search for it together.",
            ),
            (
                "Do you hear that strange sound?",
                "Yes, it comes from the old tower.",
                "We should find out what it is.",
            ),
        ]
    )
    text = f"{first}: {opening}\n{second}: {reply}\n{first}: {ending}"
    return Answer(text, Contains(f"{first}:", f"{second}:"))


@CREATIVE_WRITING.task(
    "Write a slogan for {business|a}.",
    "Create a catchy slogan for {business|a}.",
    "I need an advertising slogan for my {business}.",
    "My {relative} opens {business|a}. Write a slogan for it.",
    weight=0.9,
    slots={"business": Choice(SLOGANS), "relative": RELATIVE},
)
def slogan(given: Values, rng: Random) -> Answer:
    options = SLOGANS[given.business]
    return Answer(f'"{rng.choice(options)}"', AnyOf(options))


@CREATIVE_WRITING.task(
    "Write {occasion|a} message for {name}.",
    "Can you write a short {occasion} card for my {relative} {name}?",
    "Help me write {occasion|a} note to {name}.",
    "My {relative} {name} needs {occasion|a} message. Please write one.",
    weight=1.2,
    slots={"occasion": Choice(MESSAGES), "name": NAME, "relative": RELATIVE},
)
def message(given: Values, rng: Random) -> Answer:
    options = [text.format(name=given.name) for text in MESSAGES[given.occasion]]
    return Answer(rng.choice(options), AnyOf(options))


@CREATIVE_WRITING.task(
    "Tell me a joke about {subject}.",
    "Do you know a joke about {subject}?",
    "Make me laugh with a joke about {subject}.",
    "My {relative} loves jokes. Tell me one about {subject}.",
    weight=0.8,
    slots={"subject": Choice(JOKES), "relative": RELATIVE},
)
def joke(given: Values, rng: Random) -> Answer:
    text = JOKES[given.subject]
    return Answer(text, Contains(text))
