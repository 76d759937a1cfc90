"""Math with measures: areas, percentages, units."""

from random import Random
from typing import Any

from tiny_training.expectations import LastNumber
from tiny_training.knowledge.quantities import UNITS
from tiny_training.slots import Choice, Number
from tiny_training.task import Answer, TaskGroup, Values

from .common import FACTOR

MEASURES = TaskGroup("Math")
TWO_FACTORS = {"a": FACTOR, "b": FACTOR}
UNIT_PAIRS = {(unit.large, unit.small): unit for unit in UNITS}


@MEASURES.task(
    "What is the area of a rectangle with length {a} and width {b}?",
    "Find the area of a rectangle that is {a} cm long and {b} cm wide.",
    "A garden is {a} meters long and {b} meters wide. What is its area?",
    "A room is {a} meters by {b} meters. How big is its area?",
    "A field measures {a} by {b} meters. Calculate its area.",
    weight=0.8,
    slots=TWO_FACTORS,
)
def area(given: Values, rng: Random) -> Answer:
    product = given.a * given.b
    text = f"The area is length times width: {given.a} * {given.b} = {product}."
    return Answer(text, LastNumber(product))


@MEASURES.task(
    "What is the perimeter of a rectangle with sides {a} and {b}?",
    "Find the perimeter of a rectangle that is {a} cm long and {b} cm wide.",
    "A garden is {a} meters long and {b} meters wide. How long is the fence around it?",
    "Calculate the perimeter of a room that is {a} by {b} meters.",
    weight=0.7,
    slots={"a": Number(2, 20), "b": Number(2, 20)},
)
def perimeter(given: Values, rng: Random) -> Answer:
    half = given.a + given.b
    steps = f"{given.a} + {given.b} = {half}. 2 * {half} = {2 * half}."
    return Answer(f"{steps} The perimeter is {2 * half}.", LastNumber(2 * half))


@MEASURES.task(
    "What is {percent}% of {n}?",
    "Calculate {percent} percent of {n}.",
    "How much is {percent}% of {n}?",
    "Find {percent} percent of {n}.",
    "A {thing} costs {n} dollars and is {percent}% off. How much do you save?",
    "The price of a {thing} is {n} dollars. How much is a discount of {percent}%?",
    weight=0.8,
    slots={
        "percent": Choice(["10", "20", "25", "50"]),
        "n": Number(20, 400, 20),
        "thing": Choice(["jacket", "phone", "bike", "chair", "table", "camera"]),
    },
    condition=lambda given: given.n * int(given.percent) % 100 == 0,
)
def percentage(given: Values, rng: Random) -> Answer:
    part = given.n * int(given.percent) // 100
    return Answer(f"{given.percent}% of {given.n} is {part}.", LastNumber(part))


def measure(rng: Random) -> dict[str, Any]:
    """A number of large units and the small unit they are made of."""
    unit = rng.choice(UNITS)
    return {"large": unit.large, "small": unit.small, "n": rng.randint(2, unit.limit)}


@MEASURES.task(
    "How many {small} are in {n} {large}?",
    "Convert {n} {large} to {small}.",
    "What is {n} {large} in {small}?",
    "Please convert {n} {large} into {small}.",
    "How many {small} equal {n} {large}?",
    "I have {n} {large}. How many {small} is that?",
    "Express {n} {large} in {small}.",
    weight=2.0,
    slots={
        "large": Choice(unit.large for unit in UNITS),
        "small": Choice(unit.small for unit in UNITS),
        "n": Number(2, 60),
    },
    prepare=measure,
    condition=lambda given: (given.large, given.small) in UNIT_PAIRS,
)
def conversion(given: Values, rng: Random) -> Answer:
    factor = UNIT_PAIRS[given.large, given.small].factor
    result = factor * given.n
    text = f"{given.n} {given.large} is {given.n} * {factor} = {result} {given.small}."
    return Answer(text, LastNumber(result))


@MEASURES.task(
    "Convert {n} degrees Celsius to Fahrenheit.",
    "What is {n} degrees Celsius in Fahrenheit?",
    "How many degrees Fahrenheit is {n} degrees Celsius?",
    weight=0.6,
    slots={"n": Number(0, 60, 5)},
    condition=lambda given: given.n % 5 == 0 and given.n <= 60,
)
def temperature(given: Values, rng: Random) -> Answer:
    fahrenheit = given.n * 9 // 5 + 32
    text = f"{given.n} degrees Celsius is {fahrenheit} degrees Fahrenheit."
    return Answer(text, LastNumber(fahrenheit))
