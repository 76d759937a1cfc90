"""Information seeking: terms, people, differences, common questions and how-tos."""

from random import Random

from tiny_training.expectations import Contains, Items, LastNumber
from tiny_training.knowledge.culture import AUTHORS, DIFFERENCES, FACTS, INVENTIONS
from tiny_training.knowledge.how_to import HOW_TO
from tiny_training.knowledge.quantities import MONTH_DAYS
from tiny_training.knowledge.science import COLOR_MIXES, TERMS
from tiny_training.language import capital, numbered
from tiny_training.slots import Choice
from tiny_training.task import Answer, TaskGroup, Values

INFORMATION = TaskGroup("Information seeking")

TERM = {term.name: term for term in TERMS}
INVENTION = {invention.name: invention for invention in INVENTIONS}
DIFFERENCE = {difference.first: difference for difference in DIFFERENCES}
MIXES = {(first, second): mix for first, second, mix in COLOR_MIXES}
MIXES |= {(second, first): mix for first, second, mix in COLOR_MIXES}
MONTHS = list(MONTH_DAYS)

ONE_INVENTION = {"invention": Choice(INVENTION)}
ONE_MONTH = {"month": Choice(MONTHS)}


@INFORMATION.task(
    "What is {term}?",
    "Define {term}.",
    "Can you explain what {term} is?",
    "Explain {term} in simple terms.",
    "What does {term} mean?",
    "Give me a short definition of {term}.",
    "I do not understand {term}. Can you explain it?",
    "How would you explain {term} to a child?",
    "My teacher talked about {term} today. What is it?",
    "Describe {term} in one or two sentences.",
    weight=2.5,
    slots={"term": Choice(TERM)},
)
def definition(given: Values, rng: Random) -> Answer:
    term = TERM[given.term]
    text = f"{capital(term.name)} is {term.definition}. {term.example}"
    return Answer(text, Contains(term.definition))


@INFORMATION.task(
    "Who invented {invention}?",
    "Who is the inventor of {invention}?",
    "Which person created {invention}?",
    weight=0.7,
    slots=ONE_INVENTION,
)
def inventor(given: Values, rng: Random) -> Answer:
    invention = INVENTION[given.invention]
    maker = f"was invented by {invention.inventor}"
    return Answer(f"{capital(invention.name)} {maker} in {invention.year}.", Contains(maker))


@INFORMATION.task(
    "When was {invention} invented?",
    "In which year was {invention} created?",
    weight=0.5,
    slots=ONE_INVENTION,
)
def invention_year(given: Values, rng: Random) -> Answer:
    year = INVENTION[given.invention].year
    return Answer(f"{capital(given.invention)} was invented in {year}.", LastNumber(int(year)))


@INFORMATION.task(
    "Who wrote {book}?",
    "Who is the author of {book}?",
    "Which author wrote the book {book}?",
    "I am reading {book}. Who wrote it?",
    weight=0.9,
    slots={"book": Choice(AUTHORS)},
    short=lambda given: AUTHORS[given.book],
    follow_up=("{book}",),
)
def author(given: Values, rng: Random) -> Answer:
    name = AUTHORS[given.book]
    return Answer(f"{given.book} was written by {name}.", Contains(f"by {name}"))


@INFORMATION.task(
    "What is the difference between {first} and {second}?",
    "How is {first} different from {second}?",
    "Explain the difference between {first} and {second}.",
    "Compare {first} and {second}.",
    "I always mix up {first} and {second}. What is the difference?",
    weight=1.1,
    slots={
        "first": Choice(DIFFERENCE),
        "second": Choice(difference.second for difference in DIFFERENCES),
    },
    prepare=lambda rng: rng.choice(DIFFERENCES)._asdict(),
    condition=lambda given: DIFFERENCE[given.first].second == given.second,
)
def difference(given: Values, rng: Random) -> Answer:
    text = DIFFERENCE[given.first].explanation
    return Answer(text, Contains(text))


@INFORMATION.task(
    "{question}",
    "{question} Please explain.",
    "Can you answer this? {question}",
    "In one sentence: {question}",
    weight=2.0,
    slots={"question": Choice(FACTS)},
)
def fact(given: Values, rng: Random) -> Answer:
    text = FACTS[given.question]
    return Answer(text, Contains(text))


@INFORMATION.task(
    "How many days are in {month}?",
    "How many days does {month} have?",
    weight=0.5,
    slots=ONE_MONTH,
    short=lambda given: str(MONTH_DAYS[given.month]),
)
def days_in_month(given: Values, rng: Random) -> Answer:
    days = MONTH_DAYS[given.month]
    ending = ", or 29 in a leap year." if days == 28 else "."
    return Answer(f"{given.month} has {days} days{ending}", Contains(f"has {days} days"))


@INFORMATION.task(
    "Which month comes after {month}?",
    "What month follows {month}?",
    weight=0.4,
    slots=ONE_MONTH,
)
def next_month(given: Values, rng: Random) -> Answer:
    following = MONTHS[(MONTHS.index(given.month) + 1) % 12]
    text = f"The month after {given.month} is {following}."
    return Answer(text, Contains(f"is {following}"))


@INFORMATION.task(
    "What color do you get when you mix {first} and {second}?",
    "Which color results from mixing {first} with {second}?",
    weight=0.4,
    slots={
        "first": Choice(first for first, _ in MIXES),
        "second": Choice(second for _, second in MIXES),
    },
    condition=lambda given: (given.first, given.second) in MIXES,
)
def color_mix(given: Values, rng: Random) -> Answer:
    mix = MIXES[given.first, given.second]
    return Answer(f"Mixing {given.first} and {given.second} gives {mix}.", Contains(f"gives {mix}"))


@INFORMATION.task(
    "How do I {goal}?",
    "Explain how to {goal}.",
    "Give me step-by-step instructions to {goal}.",
    "What are the steps to {goal}?",
    "I have never tried to {goal}. How does it work?",
    "Show me how to {goal}.",
    weight=1.2,
    slots={"goal": Choice(HOW_TO)},
)
def how_to(given: Values, rng: Random) -> Answer:
    steps = HOW_TO[given.goal]
    return Answer(f"Here is how to {given.goal}:\n{numbered(steps)}", Items(steps, len(steps)))
