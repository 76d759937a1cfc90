"""Math with bare numbers. Stories around the numbers are in ``word_problems``."""

from random import Random
from typing import Any

from ..expectations import Contains, LastNumber
from ..knowledge.quantities import UNITS
from ..slots import Choice, Number, NumberList
from ..task import Answer, TaskGroup, Values
from .common import FACTOR, small_number

MATH = TaskGroup("Math")
TWO_NUMBERS = {"a": small_number(), "b": small_number()}
TWO_FACTORS = {"a": FACTOR, "b": FACTOR}
UNIT_PAIRS = {(unit.large, unit.small): unit for unit in UNITS}


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


@MATH.task(
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


@MATH.task(
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


def arithmetic_sequence(rng: Random) -> dict[str, Any]:
    """Four numbers that grow by the same step."""
    start, step = rng.randint(1, 20), rng.randint(2, 10)
    return {"numbers": tuple(start + index * step for index in range(4))}


def steps_between(numbers: tuple[int, ...]) -> list[int]:
    """The differences between neighbours."""
    return [after - before for before, after in zip(numbers, numbers[1:], strict=False)]


@MATH.task(
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


@MATH.task(
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


@MATH.task(
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


@MATH.task(
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


@MATH.task(
    "What is the square of {n}?",
    "What is {n} squared?",
    "Calculate {n} to the power of 2.",
    "Square the number {n}.",
    weight=0.5,
    slots={"n": Number(2, 15)},
)
def square(given: Values, rng: Random) -> Answer:
    return Answer(f"{given.n} * {given.n} = {given.n**2}.", LastNumber(given.n**2))


@MATH.task(
    "What is half of {n}?",
    "How much is one half of {n}?",
    "Halve the number {n}.",
    weight=0.5,
    slots={"n": Number(2, 120, 2)},
    condition=lambda given: given.n % 2 == 0,
)
def half(given: Values, rng: Random) -> Answer:
    return Answer(f"Half of {given.n} is {given.n // 2}.", LastNumber(given.n // 2))


@MATH.task(
    "What is double {n}?",
    "What is twice {n}?",
    "Double the number {n}.",
    weight=0.4,
    slots={"n": Number(2, 60)},
)
def double(given: Values, rng: Random) -> Answer:
    return Answer(f"2 * {given.n} = {2 * given.n}.", LastNumber(2 * given.n))


@MATH.task(
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


def measure(rng: Random) -> dict[str, Any]:
    """A number of large units and the small unit they are made of."""
    unit = rng.choice(UNITS)
    return {"large": unit.large, "small": unit.small, "n": rng.randint(2, unit.limit)}


@MATH.task(
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


@MATH.task(
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
