"""Math about numbers: sequences, primes, comparison, rounding."""

from itertools import pairwise
from random import Random
from typing import Any

from tiny_training.expectations import Contains, LastNumber
from tiny_training.slots import Number, NumberList
from tiny_training.task import Answer, TaskGroup, Values

NUMBERS = TaskGroup("Math")


def arithmetic_sequence(rng: Random) -> dict[str, Any]:
    """Four numbers that grow by the same step."""
    start, step = rng.randint(1, 20), rng.randint(2, 10)
    return {"numbers": tuple(start + index * step for index in range(4))}


def steps_between(numbers: tuple[int, ...]) -> list[int]:
    """The differences between neighbours."""
    return [after - before for before, after in pairwise(numbers)]


@NUMBERS.task(
    "What number comes next: {numbers}?",
    "Find the next number in the sequence {numbers}.",
    "Complete the pattern: {numbers}, ...",
    "What is the next number in this series: {numbers}?",
    "Continue the sequence {numbers} by one number.",
    "Which number follows {numbers}?",
    weight=0.8,
    slots={"numbers": NumberList([4], 1, 60)},
    prepare=arithmetic_sequence,
    condition=lambda given: len(given.numbers) == 4 and len(set(steps_between(given.numbers))) == 1,
)
def sequence(given: Values, rng: Random) -> Answer:
    step, last = steps_between(given.numbers)[0], given.numbers[-1]
    result = f"{last} + {step} = {last + step}. The next number is {last + step}."
    return Answer(f"The numbers grow by {step}. {result}", LastNumber(last + step))


@NUMBERS.task(
    "Is {n} even or odd?",
    "Is the number {n} even or odd?",
    "Tell me if {n} is an even number or an odd number.",
    "Decide whether {n} is even or odd.",
    weight=0.6,
    slots={"n": Number(1, 200)},
)
def even_or_odd(given: Values, rng: Random) -> Answer:
    kind, can = ("even", "can") if given.n % 2 == 0 else ("odd", "cannot")
    text = f"The number {given.n} is {kind} because it {can} be divided by 2 without a remainder."
    return Answer(text, Contains(f"is {kind}"))


@NUMBERS.task(
    "Is {n} a prime number?",
    "Check if {n} is prime.",
    "Is {n} prime?",
    "Tell me whether {n} is a prime number.",
    weight=0.6,
    slots={"n": Number(2, 100)},
    condition=lambda given: given.n > 1,
)
def prime(given: Values, rng: Random) -> Answer:
    divisor = next(d for d in range(2, given.n + 1) if given.n % d == 0)
    if divisor == given.n:
        return Answer(f"Yes, {given.n} is a prime number.", Contains(f"yes, {given.n} is"))
    reason = f"because {given.n} = {divisor} * {given.n // divisor}"
    text = f"No, {given.n} is not a prime number {reason}."
    return Answer(text, Contains(f"no, {given.n} is not", reason))


@NUMBERS.task(
    "Which number is larger, {a} or {b}?",
    "Which is bigger: {a} or {b}?",
    "Compare {a} and {b}. Which one is greater?",
    "What is the larger number, {a} or {b}?",
    weight=0.6,
    slots={"a": Number(1, 200), "b": Number(1, 200)},
    condition=lambda given: given.a != given.b,
)
def larger(given: Values, rng: Random) -> Answer:
    largest = max(given.a, given.b)
    return Answer(f"The larger number is {largest}.", LastNumber(largest))


@NUMBERS.task(
    "What is the square of {n}?",
    "What is {n} squared?",
    "Calculate {n} to the power of 2.",
    "Square the number {n}.",
    weight=0.5,
    slots={"n": Number(2, 15)},
)
def square(given: Values, rng: Random) -> Answer:
    return Answer(f"{given.n} * {given.n} = {given.n**2}.", LastNumber(given.n**2))


@NUMBERS.task(
    "What is half of {n}?",
    "How much is one half of {n}?",
    "Halve the number {n}.",
    weight=0.5,
    slots={"n": Number(2, 120, 2)},
    condition=lambda given: given.n % 2 == 0,
)
def half(given: Values, rng: Random) -> Answer:
    return Answer(f"Half of {given.n} is {given.n // 2}.", LastNumber(given.n // 2))


@NUMBERS.task(
    "What is double {n}?",
    "What is twice {n}?",
    "Double the number {n}.",
    weight=0.4,
    slots={"n": Number(2, 60)},
)
def double(given: Values, rng: Random) -> Answer:
    return Answer(f"2 * {given.n} = {2 * given.n}.", LastNumber(2 * given.n))


@NUMBERS.task(
    "Round {n} to the nearest ten.",
    "What is {n} rounded to the nearest ten?",
    "Please round the number {n} to tens.",
    weight=0.4,
    slots={"n": Number(11, 199)},
    condition=lambda given: given.n % 10 != 0,
)
def rounding(given: Values, rng: Random) -> Answer:
    rounded = (given.n + 5) // 10 * 10
    return Answer(f"{given.n} rounded to the nearest ten is {rounded}.", LastNumber(rounded))
