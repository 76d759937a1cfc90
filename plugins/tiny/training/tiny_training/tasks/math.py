"""Math with bare numbers: the four operations, averages, equations."""

from random import Random

from tiny_training.expectations import Contains, LastNumber
from tiny_training.slots import NumberList
from tiny_training.task import Answer, TaskGroup, Values

from .common import FACTOR, small_number

MATH = TaskGroup("Math")
TWO_NUMBERS = {"a": small_number(), "b": small_number()}
TWO_FACTORS = {"a": FACTOR, "b": FACTOR}


def multiple(rng: Random) -> dict[str, int]:
    """A number ``a`` that can be divided by ``b``."""
    divisor = rng.randint(2, 12)
    return {"a": divisor * rng.randint(2, 12), "b": divisor}


@MATH.task(
    "What is {a} plus {b}?",
    "Calculate {a} + {b}.",
    "What is {a} + {b}?",
    "Add {a} and {b}.",
    "Can you add {a} and {b} for me?",
    "How much is {a} plus {b}?",
    "Find the sum of {a} and {b}.",
    "{a} + {b} = ?",
    "Compute the sum of {a} and {b}.",
    "What do I get if I add {b} to {a}?",
    "Please add {a} to {b}.",
    weight=1.5,
    slots=TWO_NUMBERS,
    short=lambda given: str(given.a + given.b),
    follow_up=("{a} + {b}",),
)
def addition(given: Values, rng: Random) -> Answer:
    total = given.a + given.b
    ending = rng.choice(["", f" The sum is {total}."])
    return Answer(f"{given.a} + {given.b} = {total}.{ending}", LastNumber(total))


@MATH.task(
    "What is {a} minus {b}?",
    "Calculate {a} - {b}.",
    "Subtract {b} from {a}.",
    "How much is {a} minus {b}?",
    "What is the difference between {a} and {b}?",
    "{a} - {b} = ?",
    "Take {b} away from {a}. What is left?",
    "What remains if I take {b} from {a}?",
    "Please subtract {b} from {a}.",
    weight=1.2,
    slots=TWO_NUMBERS,
    condition=lambda given: given.a > given.b,
    short=lambda given: str(given.a - given.b),
    follow_up=("{a} - {b}",),
)
def subtraction(given: Values, rng: Random) -> Answer:
    rest = given.a - given.b
    ending = rng.choice(["", f" The difference is {rest}."])
    return Answer(f"{given.a} - {given.b} = {rest}.{ending}", LastNumber(rest))


@MATH.task(
    "What is {a} times {b}?",
    "Multiply {a} by {b}.",
    "Calculate {a} * {b}.",
    "What is the product of {a} and {b}?",
    "How much is {a} times {b}?",
    "{a} x {b} = ?",
    "Compute {a} multiplied by {b}.",
    "Please multiply {a} and {b}.",
    weight=1.2,
    slots=TWO_FACTORS,
    short=lambda given: str(given.a * given.b),
    follow_up=("{a} * {b}",),
)
def multiplication(given: Values, rng: Random) -> Answer:
    product = given.a * given.b
    ending = rng.choice(["", f" The product is {product}."])
    return Answer(f"{given.a} * {given.b} = {product}.{ending}", LastNumber(product))


@MATH.task(
    "What is {a} divided by {b}?",
    "Divide {a} by {b}.",
    "Calculate {a} / {b}.",
    "How much is {a} divided by {b}?",
    "{a} / {b} = ?",
    "How many times does {b} go into {a}?",
    "Please divide {a} by {b}.",
    slots=TWO_FACTORS,
    prepare=multiple,
    condition=lambda given: given.a % given.b == 0,
    short=lambda given: str(given.a // given.b),
    follow_up=("{a} / {b}",),
)
def division(given: Values, rng: Random) -> Answer:
    quotient = given.a // given.b
    return Answer(f"{given.a} / {given.b} = {quotient}.", LastNumber(quotient))


@MATH.task(
    "What is {a} + {b} + {c}?",
    "Add {a}, {b} and {c}.",
    "Calculate the sum of {a}, {b} and {c}.",
    "What do {a}, {b} and {c} add up to?",
    "How much is {a} plus {b} plus {c}?",
    weight=0.8,
    slots={"a": small_number(40), "b": small_number(40), "c": small_number(40)},
)
def addition_of_three(given: Values, rng: Random) -> Answer:
    first = given.a + given.b
    total = first + given.c
    steps = f"{given.a} + {given.b} = {first}. {first} + {given.c} = {total}."
    return Answer(f"{steps} The answer is {total}.", LastNumber(total))


@MATH.task(
    "What is the average of {numbers|and}?",
    "Find the mean of {numbers|and}.",
    "Calculate the average of the numbers {numbers|and}.",
    "What is the mean of {numbers|and}?",
    weight=0.6,
    slots={"numbers": NumberList([2], 1, 30)},
    condition=lambda given: len(given.numbers) == 2,
)
def average(given: Values, rng: Random) -> Answer:
    first, second = given.numbers
    total = first + second
    mean = f"{total // 2}.5" if total % 2 else str(total // 2)
    steps = f"{first} + {second} = {total}. {total} / 2 = {mean}."
    return Answer(f"{steps} The average is {mean}.", Contains(f"average is {mean}."))


def sum_equation(rng: Random) -> dict[str, int]:
    """``x + a = b`` with a positive solution."""
    summand = rng.randint(1, 40)
    return {"a": summand, "b": summand + rng.randint(1, 40)}


@MATH.task(
    "Solve for x: x + {a} = {b}.",
    "If x + {a} = {b}, what is x?",
    "Find x if x + {a} = {b}.",
    "Solve the equation x + {a} = {b}.",
    "What is the value of x in x + {a} = {b}?",
    weight=0.8,
    slots={"a": small_number(40), "b": small_number(80)},
    prepare=sum_equation,
    condition=lambda given: given.b > given.a,
)
def equation_with_sum(given: Values, rng: Random) -> Answer:
    solution = given.b - given.a
    steps = f"Subtract {given.a} from both sides: x = {given.b} - {given.a} = {solution}."
    return Answer(f"{steps} So x = {solution}.", LastNumber(solution))


@MATH.task(
    "Solve for x: {b}x = {a}.",
    "If {b}x = {a}, what is x?",
    "Find x if {b}x = {a}.",
    "Solve the equation {b}x = {a}.",
    "What is the value of x in {b}x = {a}?",
    weight=0.8,
    slots=TWO_FACTORS,
    prepare=multiple,
    condition=lambda given: given.b > 0 and given.a % given.b == 0,
)
def equation_with_product(given: Values, rng: Random) -> Answer:
    solution = given.a // given.b
    steps = f"Divide both sides by {given.b}: x = {given.a} / {given.b} = {solution}."
    return Answer(f"{steps} So x = {solution}.", LastNumber(solution))
