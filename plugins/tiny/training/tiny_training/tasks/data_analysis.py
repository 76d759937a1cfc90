"""Data analysis: look up, compare, add up, sort and convert small data sets."""

import re
from random import Random
from typing import Any

from tiny_training.expectations import Contains, LastNumber, Verbatim
from tiny_training.knowledge.people import NAMES
from tiny_training.knowledge.quantities import DAYS
from tiny_training.knowledge.words import PLAIN_WORDS
from tiny_training.slots import Choice, FreeText, NumberList
from tiny_training.task import Answer, TaskGroup, Values

DATA_ANALYSIS = TaskGroup("Data analysis")
#: What is counted -> what it is counted for.
SERIES = {
    "sales": DAYS[:5],
    "visitors": DAYS,
    "temperatures": DAYS,
    "scores": NAMES[:20],
    "points": NAMES[20:40],
    "stock": ["apples", "pears", "plums", "figs", "nuts", "eggs"],
}
TABLE = FreeText(r"\w+ \d+(?:, \w+ \d+){1,5}")
DATA = {"series": Choice(SERIES), "table": TABLE}
WORD = Choice(PLAIN_WORDS)


def data(rng: Random) -> dict[str, Any]:
    """Three or four entries; days stay in the order of the week."""
    series = rng.choice(list(SERIES))
    labels, count = SERIES[series], rng.choice([3, 3, 4])
    if labels[0] in DAYS:
        first = rng.randint(0, len(labels) - count)
        chosen = labels[first : first + count]
    else:
        chosen = rng.sample(labels, count)
    numbers = rng.sample(range(1, 41), count)
    entries = (f"{label} {number}" for label, number in zip(chosen, numbers, strict=True))
    return {"series": series, "table": ", ".join(entries), "label": rng.choice(chosen)}


def read_table(table: str) -> dict[str, int]:
    """Label -> number."""
    return {label: int(number) for label, number in re.findall(r"(\w+) (\d+)", table)}


def is_clear(given: Values) -> bool:
    """Whether labels and numbers are all different, so that every question has one answer."""
    entries = re.findall(r"(\w+) (\d+)", given.table)
    labels = {label for label, _ in entries}
    numbers = {number for _, number in entries}
    return 2 <= len(entries) == len(labels) == len(numbers)


@DATA_ANALYSIS.task(
    "Here are the {series}: {table}. Which entry is the highest?",
    "Look at these {series}: {table}. Who or what has the highest value?",
    "Given the {series} {table}, find the maximum.",
    "What is the highest value in this data? {table}",
    "I wrote down the {series}: {table}. What is the maximum?",
    weight=1.3,
    slots=DATA,
    prepare=data,
    condition=is_clear,
)
def highest(given: Values, rng: Random) -> Answer:
    label, number = max(read_table(given.table).items(), key=lambda entry: entry[1])
    text = f"The highest value is {number} for {label}."
    return Answer(text, Contains(f"is {number} for {label}."))


@DATA_ANALYSIS.task(
    "Here are the {series}: {table}. Which entry is the lowest?",
    "Look at these {series}: {table}. Who or what has the lowest value?",
    "Given the {series} {table}, find the minimum.",
    "What is the lowest value in this data? {table}",
    "I wrote down the {series}: {table}. What is the minimum?",
    slots=DATA,
    prepare=data,
    condition=is_clear,
)
def lowest(given: Values, rng: Random) -> Answer:
    label, number = min(read_table(given.table).items(), key=lambda entry: entry[1])
    text = f"The lowest value is {number} for {label}."
    return Answer(text, Contains(f"is {number} for {label}."))


@DATA_ANALYSIS.task(
    "Here are the {series}: {table}. What is the total?",
    "Add up these {series}: {table}.",
    "Calculate the total of the {series}: {table}.",
    "What is the sum of this data? {table}",
    slots=DATA,
    prepare=data,
    condition=is_clear,
)
def total(given: Values, rng: Random) -> Answer:
    first, *rest = read_table(given.table).values()
    steps, running = [], first
    for number in rest:
        steps.append(f"{running} + {number} = {running + number}.")
        running += number
    return Answer(f"{' '.join(steps)} The total is {running}.", LastNumber(running))


@DATA_ANALYSIS.task(
    "Here are the {series}: {table}. What is the value for {label}?",
    "In this data, what is the value for {label}? {table}",
    "Look up {label} in these {series}: {table}.",
    "What number belongs to {label}? {table}",
    slots={**DATA, "label": Choice(label for labels in SERIES.values() for label in labels)},
    prepare=data,
    condition=lambda given: is_clear(given) and given.label in read_table(given.table),
)
def look_up(given: Values, rng: Random) -> Answer:
    number = read_table(given.table)[given.label]
    return Answer(f"The value for {given.label} is {number}.", LastNumber(number))


@DATA_ANALYSIS.task(
    "Sort these numbers from smallest to largest: {numbers}.",
    "Put the numbers {numbers} in ascending order.",
    "Sort the list {numbers} in increasing order.",
    "Arrange {numbers} from low to high.",
    slots={"numbers": NumberList([3, 3, 4], 1, 60)},
    condition=lambda given: 3 <= len(given.numbers) == len(set(given.numbers)) <= 5,
)
def sort_numbers(given: Values, rng: Random) -> Answer:
    result = ", ".join(map(str, sorted(given.numbers)))
    return Answer(f"The sorted list is {result}.", Contains(f"is {result}."))


@DATA_ANALYSIS.task(
    "Sort these words alphabetically: {a}, {b}, {c}.",
    "Put the words {a}, {b} and {c} in alphabetical order.",
    "Order {a}, {b} and {c} from A to Z.",
    weight=0.8,
    slots={"a": WORD, "b": WORD, "c": WORD},
    condition=lambda given: len({given.a, given.b, given.c}) == 3,
)
def sort_words(given: Values, rng: Random) -> Answer:
    result = ", ".join(sorted([given.a, given.b, given.c]))
    return Answer(f"In alphabetical order: {result}.", Contains(f": {result}."))


@DATA_ANALYSIS.task(
    "What is the largest number in the list {numbers}?",
    "Find the maximum of {numbers}.",
    "Which of these numbers is the biggest: {numbers}?",
    "My measurements are {numbers}. What is the largest one?",
    weight=0.8,
    slots={"numbers": NumberList([3, 4, 5], 1, 99)},
)
def largest_number(given: Values, rng: Random) -> Answer:
    largest = max(given.numbers)
    return Answer(f"The largest number is {largest}.", LastNumber(largest))


@DATA_ANALYSIS.task(
    "Convert this data to CSV: {table}.",
    "Write the following data as a CSV table: {table}.",
    "I need this as CSV: {table}.",
    weight=0.8,
    slots={"table": TABLE},
    prepare=data,
    condition=is_clear,
)
def to_csv(given: Values, rng: Random) -> Answer:
    lines = [f"{label},{number}" for label, number in read_table(given.table).items()]
    text = "\n".join(["name,value", *lines])
    return Answer(text, Verbatim(text))


@DATA_ANALYSIS.task(
    "Convert this data to JSON: {table}.",
    "Turn the data {table} into a JSON object.",
    "I need this as JSON: {table}.",
    weight=0.8,
    slots={"table": TABLE},
    prepare=data,
    condition=is_clear,
)
def to_json(given: Values, rng: Random) -> Answer:
    entries = (f'"{label}": {number}' for label, number in read_table(given.table).items())
    text = "{" + ", ".join(entries) + "}"
    return Answer(text, Verbatim(text))
