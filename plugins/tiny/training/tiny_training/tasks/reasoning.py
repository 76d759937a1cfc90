"""Reasoning: orders, syllogisms, odd ones out, calendars, analogies, directions."""

from random import Random
from typing import Any

from tiny_training.expectations import Contains, LastNumber
from tiny_training.knowledge.quantities import DAYS
from tiny_training.knowledge.words import GROUPS, RELATED
from tiny_training.language import article, capital, plural
from tiny_training.slots import Choice, Number
from tiny_training.task import Answer, TaskGroup, Values

from .common import ITEM, NAME

REASONING = TaskGroup("Reasoning")

#: Comparative -> superlatives of both ends.
SUPERLATIVES = {
    "taller": ("tallest", "shortest"),
    "older": ("oldest", "youngest"),
    "faster": ("fastest", "slowest"),
    "stronger": ("strongest", "weakest"),
    "heavier": ("heaviest", "lightest"),
    "richer": ("richest", "poorest"),
}
COMPARATIVES = {ends[side]: (word, side) for word, ends in SUPERLATIVES.items() for side in (0, 1)}
THREE_NAMES = {"x": NAME, "y": NAME, "z": NAME}


def three_people(given: Values) -> bool:
    """Whether the names are different."""
    return len({given.x, given.y, given.z}) == 3


def comparison(rng: Random) -> dict[str, str]:
    """A comparative and one of its superlatives."""
    word = rng.choice(list(SUPERLATIVES))
    return {"comparative": word, "superlative": rng.choice(SUPERLATIVES[word])}


@REASONING.task(
    "{x} is {comparative} than {y}. {y} is {comparative} than {z}. Who is the {superlative}?",
    "If {x} is {comparative} than {y} and {y} is {comparative} than {z}, who is the {superlative}?",
    "{x} is {comparative} than {y}, and {y} is {comparative} than {z}. Name the {superlative}.",
    weight=1.6,
    slots={
        **THREE_NAMES,
        "comparative": Choice(SUPERLATIVES),
        "superlative": Choice(COMPARATIVES),
    },
    prepare=comparison,
    condition=lambda given: (
        three_people(given) and COMPARATIVES[given.superlative][0] == given.comparative
    ),
)
def ordering(given: Values, rng: Random) -> Answer:
    winner = given.z if COMPARATIVES[given.superlative][1] else given.x
    conclusion = f"So {winner} is the {given.superlative}."
    text = f"The order is {given.x}, {given.y}, {given.z}. {conclusion}"
    return Answer(text, Contains(conclusion))


@REASONING.task(
    "{x} finished the race before {y}, and {z} finished after {y}. Who finished {place}?",
    "In a race, {x} was ahead of {y} and {y} was ahead of {z}. Who finished {place}?",
    "{y} was faster than {z}, but slower than {x}. Who finished {place} in the race?",
    slots={**THREE_NAMES, "place": Choice(["first", "second", "last"])},
    condition=three_people,
)
def race(given: Values, rng: Random) -> Answer:
    order = {"first": given.x, "second": given.y, "last": given.z}
    conclusion = f"So {order[given.place]} finished {given.place}."
    text = f"The order is {given.x}, {given.y}, {given.z}. {conclusion}"
    return Answer(text, Contains(conclusion))


#: Plural -> plural of the kind, singular, singular of the kind with its article.
SYLLOGISMS = {
    "cats": ("animals", "cat", "an animal"),
    "dogs": ("mammals", "dog", "a mammal"),
    "poets": ("writers", "poet", "a writer"),
    "doctors": ("helpers", "doctor", "a helper"),
    "sparrows": ("birds", "sparrow", "a bird"),
    "whales": ("mammals", "whale", "a mammal"),
    "knights": ("fighters", "knight", "a fighter"),
    "bakers": ("workers", "baker", "a worker"),
    "pilots": ("travelers", "pilot", "a traveler"),
    "singers": ("artists", "singer", "an artist"),
}


def premise(rng: Random) -> dict[str, str]:
    """All members of a group are of a kind."""
    group = rng.choice(list(SYLLOGISMS))
    kinds, member, kind = SYLLOGISMS[group]
    return {"group": group, "kinds": kinds, "member": member, "kind": kind}


@REASONING.task(
    "All {group} are {kinds}. {name} is a {member}. Is {name} {kind}?",
    "All {group} are {kinds}. {name} is a {member}. What can we conclude about {name}?",
    "If all {group} are {kinds} and {name} is a {member}, what do we know about {name}?",
    weight=1.1,
    slots={
        "name": NAME,
        "group": Choice(SYLLOGISMS),
        "kinds": Choice(kinds for kinds, _, _ in SYLLOGISMS.values()),
        "member": Choice(member for _, member, _ in SYLLOGISMS.values()),
        "kind": Choice(kind for _, _, kind in SYLLOGISMS.values()),
    },
    prepare=premise,
    condition=lambda given: SYLLOGISMS[given.group][:2] == (given.kinds, given.member),
)
def syllogism(given: Values, rng: Random) -> Answer:
    kind = SYLLOGISMS[given.group][2]
    conclusion = f"{given.name} is {kind}."
    reason = f"Since all {given.group} are {given.kinds} and {given.name} is a {given.member}"
    return Answer(f"{reason}, {conclusion}", Contains(conclusion))


GROUP_OF = {word: group for group, words in GROUPS.items() for word in words}
GROUP_WORD = Choice(GROUP_OF)
FOUR_WORDS = dict.fromkeys("abcd", GROUP_WORD)


def one_of(group: str) -> str:
    """One member of ``group``."""
    return f"a piece of {group}" if group in ("clothing", "furniture") else article(group)


def some_of(group: str) -> str:
    """Several members of ``group``."""
    return f"pieces of {group}" if group in ("clothing", "furniture") else plural(group)


def outsider(words: list[str]) -> str | None:
    """The one word of another group than the others, which share theirs."""
    groups = [GROUP_OF[word] for word in words]
    alone = [word for word, group in zip(words, groups, strict=True) if groups.count(group) == 1]
    return alone[0] if len(alone) == 1 and len(set(groups)) == 2 else None


def three_and_one(rng: Random) -> dict[str, str]:
    """Three words of one group and one of another, shuffled."""
    group, other = rng.sample(list(GROUPS), 2)
    words = [*rng.sample(GROUPS[group], 3), rng.choice(GROUPS[other])]
    rng.shuffle(words)
    return dict(zip("abcd", words, strict=True))


@REASONING.task(
    "Which word does not belong: {a}, {b}, {c}, {d}?",
    "Find the odd one out: {a}, {b}, {c}, {d}.",
    "Which of these is different: {a}, {b}, {c} or {d}?",
    "One of these words does not fit: {a}, {b}, {c}, {d}. Which one?",
    weight=1.4,
    slots=FOUR_WORDS,
    prepare=three_and_one,
    condition=lambda given: outsider([given.a, given.b, given.c, given.d]) is not None,
)
def odd_one_out(given: Values, rng: Random) -> Answer:
    words = [given.a, given.b, given.c, given.d]
    odd = outsider(words) or given.a
    others = next(GROUP_OF[word] for word in words if word != odd)
    reason = f"It is {one_of(GROUP_OF[odd])}, while the others are {some_of(others)}."
    return Answer(f"The odd one out is {odd}. {reason}", Contains(f"odd one out is {odd}."))


@REASONING.task(
    "If today is {day}, what day will it be in {n} days?",
    "Today is {day}. What day of the week is it in {n} days?",
    "It is {day}. Which weekday comes {n} days later?",
    slots={"day": Choice(DAYS), "n": Number(2, 13)},
)
def weekday(given: Values, rng: Random) -> Answer:
    later = DAYS[(DAYS.index(given.day) + given.n) % 7]
    return Answer(f"In {given.n} days it will be {later}.", Contains(f"will be {later}"))


@REASONING.task(
    "A {event} starts at {hour} o'clock and lasts {n} hours. When does it end?",
    "The {event} begins at {hour} o'clock and takes {n} hours. At what time is it over?",
    "I go to a {event} at {hour} o'clock. It lasts {n} hours. When can I leave?",
    weight=0.8,
    slots={
        "event": Choice(["movie", "concert", "meeting", "game", "class", "party"]),
        "hour": Number(1, 8),
        "n": Number(2, 4),
    },
)
def clock(given: Values, rng: Random) -> Answer:
    end = given.hour + given.n
    text = f"{given.hour} + {given.n} = {end}. It ends at {end} o'clock."
    return Answer(text, LastNumber(end))


@REASONING.task(
    "{x} has {a} {item} and {y} has {b} {item}. Who has more, and how many more?",
    "{x} collected {a} {item}, while {y} collected {b} {item}. Who has more {item} and by how many?",
    "{x} owns {a} {item}. {y} owns {b}. Who has more {item}, and what is the difference?",
    slots={"x": NAME, "y": NAME, "item": ITEM, "a": Number(2, 40), "b": Number(2, 40)},
    condition=lambda given: given.a != given.b and given.x != given.y,
)
def who_has_more(given: Values, rng: Random) -> Answer:
    high, low = max(given.a, given.b), min(given.a, given.b)
    winner = given.x if given.a > given.b else given.y
    conclusion = f"{winner} has {high - low} more {given.item}."
    return Answer(f"{high} - {low} = {high - low}. {conclusion}", Contains(conclusion))


OPPOSITE = {related.word: related.antonym for related in RELATED}


def two_opposites(rng: Random) -> dict[str, Any]:
    """A pair of opposites and a word to answer."""
    first, second = rng.sample(list(OPPOSITE), 2)
    return {"a": first, "b": OPPOSITE[first], "c": second}


@REASONING.task(
    "{a|capital} is to {b} as {c} is to what?",
    "Complete the analogy: {a} is to {b} as {c} is to ...",
    "{a|capital} is to {b} like {c} is to?",
    "If {a} goes with {b}, what goes with {c}?",
    weight=0.9,
    slots={"a": Choice(OPPOSITE), "b": Choice(OPPOSITE.values()), "c": Choice(OPPOSITE)},
    prepare=two_opposites,
    condition=lambda given: OPPOSITE[given.a] == given.b,
)
def analogy(given: Values, rng: Random) -> Answer:
    answer = f"the answer is {OPPOSITE[given.c]}."
    return Answer(f"{capital(given.a)} and {given.b} are opposites, so {answer}", Contains(answer))


DIRECTIONS = ["north", "east", "south", "west"]
TURNS = {"right": 1, "around": 2, "left": 3}


@REASONING.task(
    "You face {direction} and turn {turn}. Which direction do you face now?",
    "If I look {direction} and turn {turn}, where am I looking?",
    "{name} walks {direction} and then turns {turn}. Which way does {name} go now?",
    weight=0.6,
    slots={"direction": Choice(DIRECTIONS), "turn": Choice(TURNS), "name": NAME},
)
def turning(given: Values, rng: Random) -> Answer:
    now = DIRECTIONS[(DIRECTIONS.index(given.direction) + TURNS[given.turn]) % 4]
    conclusion = f"the new direction is {now}."
    text = f"After turning {given.turn} from {given.direction}, {conclusion}"
    return Answer(text, Contains(conclusion))
