"""Math in small stories."""

from random import Random

from tiny_training.expectations import LastNumber
from tiny_training.knowledge.people import CONTAINERS, GOODS, VEHICLES
from tiny_training.slots import Choice, Number
from tiny_training.task import Answer, TaskGroup, Values

from .common import FACTOR, ITEM, NAME, small_number

WORD_PROBLEMS = TaskGroup("Math")
GOOD = Choice(GOODS)
VEHICLE = Choice(VEHICLES)


@WORD_PROBLEMS.task(
    "{name} has {a} {item} and buys {b} more. How many {item} does {name} have now?",
    "{name} has {a} {item}. A friend gives {name} {b} more {item}. How many {item} are there in total?",
    "If {name} collects {a} {item} on Saturday and {b} {item} on Sunday, how many {item} is that altogether?",
    "There are {a} {item} on the table and {b} {item} in the box. How many {item} are there in all?",
    "{name} picked {a} {item} in the morning and {b} {item} in the afternoon. What is the total number of {item}?",
    "{name} found {a} {item} at home and {b} {item} at school. How many {item} did {name} find?",
    weight=1.3,
    slots={"name": NAME, "item": ITEM, "a": small_number(60, 2), "b": small_number(40, 2)},
)
def more_items(given: Values, rng: Random) -> Answer:
    total = given.a + given.b
    text = rng.choice(
        [
            f"{given.a} + {given.b} = {total}. There are {total} {given.item}.",
            f"We add the numbers: {given.a} + {given.b} = {total}. The answer is {total} {given.item}.",
        ]
    )
    return Answer(text, LastNumber(total))


@WORD_PROBLEMS.task(
    "{name} has {a} {item} and gives away {b}. How many {item} are left?",
    "{name} had {a} {item} but lost {b} of them. How many {item} does {name} still have?",
    "A shop has {a} {item} and sells {b} of them. How many {item} remain?",
    "There were {a} {item} in a basket. {name} took {b} of them. How many {item} are left?",
    "{name} bought {a} {item} and used {b} of them. How many {item} remain?",
    weight=1.2,
    slots={"name": NAME, "item": ITEM, "a": small_number(70, 4), "b": small_number(40, 2)},
    condition=lambda given: given.a > given.b,
)
def fewer_items(given: Values, rng: Random) -> Answer:
    rest = given.a - given.b
    text = rng.choice(
        [
            f"{given.a} - {given.b} = {rest}. There are {rest} {given.item} left.",
            f"We subtract: {given.a} - {given.b} = {rest}. The answer is {rest} {given.item}.",
        ]
    )
    return Answer(text, LastNumber(rest))


@WORD_PROBLEMS.task(
    "There are {a} {containers} with {b} {item} in each. How many {item} are there in total?",
    "{name} fills {a} {containers} with {b} {item} each. How many {item} is that?",
    "Each of the {a} {containers} holds {b} {item}. How many {item} are there altogether?",
    "{name} has {a} {containers}. Each one contains {b} {item}. How many {item} does {name} have?",
    slots={"name": NAME, "item": ITEM, "containers": Choice(CONTAINERS), "a": FACTOR, "b": FACTOR},
)
def containers(given: Values, rng: Random) -> Answer:
    product = given.a * given.b
    text = rng.choice(
        [
            f"{given.a} * {given.b} = {product}. There are {product} {given.item} in total.",
            f"We multiply: {given.a} * {given.b} = {product}. The answer is {product} {given.item}.",
        ]
    )
    return Answer(text, LastNumber(product))


@WORD_PROBLEMS.task(
    "A ticket costs {b} dollars. How much do {a} tickets cost?",
    "One {good} costs {b} dollars. How much do {a} {good|plural} cost?",
    "{name} buys {a} {good|plural} for {b} dollars each. How much does {name} pay?",
    "If one {good} is {b} dollars, what is the price of {a} {good|plural}?",
    "{name} wants {a} {good|plural}. Each one costs {b} dollars. What is the total price?",
    slots={"name": NAME, "good": GOOD, "a": FACTOR, "b": FACTOR},
)
def price(given: Values, rng: Random) -> Answer:
    cost = given.a * given.b
    text = rng.choice(
        [
            f"{given.a} * {given.b} = {cost}. The total cost is {cost} dollars.",
            f"The cost is {given.a} * {given.b} = {cost} dollars.",
        ]
    )
    return Answer(text, LastNumber(cost))


def shareable(rng: Random) -> dict[str, int]:
    """A number of items that can be shared equally."""
    groups = rng.randint(2, 12)
    return {"a": groups * rng.randint(2, 12), "b": groups}


@WORD_PROBLEMS.task(
    "{name} shares {a} {item} equally among {b} friends. How many {item} does each friend get?",
    "{a} {item} are divided into {b} equal groups. How many {item} are in each group?",
    "If {b} children share {a} {item} equally, how many {item} does each child get?",
    "{name} puts {a} {item} into {b} equal piles. How many {item} are in one pile?",
    slots={"name": NAME, "item": ITEM, "a": Number(4, 144), "b": FACTOR},
    prepare=shareable,
    condition=lambda given: given.b > 0 and given.a % given.b == 0,
)
def sharing(given: Values, rng: Random) -> Answer:
    share = given.a // given.b
    text = rng.choice(
        [
            f"{given.a} / {given.b} = {share}. Each one gets {share} {given.item}.",
            f"We divide: {given.a} / {given.b} = {share}. The answer is {share} {given.item}.",
        ]
    )
    return Answer(text, LastNumber(share))


@WORD_PROBLEMS.task(
    "{name} buys {a} {good|plural} for {b} dollars each and a bag for {c} dollars. What is the total cost?",
    "A family buys {a} {good|plural} at {b} dollars each and pays {c} dollars for delivery. How much do they pay in total?",
    "{name} orders {a} {good|plural} at {b} dollars each. The delivery costs {c} dollars. What is the total?",
    weight=0.8,
    slots={"name": NAME, "good": GOOD, "a": Number(2, 9), "b": Number(2, 9), "c": Number(2, 20)},
)
def two_step_cost(given: Values, rng: Random) -> Answer:
    product = given.a * given.b
    total = product + given.c
    steps = f"First, {given.a} * {given.b} = {product}. Then, {product} + {given.c} = {total}."
    return Answer(f"{steps} The total cost is {total} dollars.", LastNumber(total))


@WORD_PROBLEMS.task(
    "{name} buys a {good} for {a} dollars and pays with {paid} dollars. How much change does {name} get?",
    "A {good} costs {a} dollars. How much change do you get from {paid} dollars?",
    "{name} pays {paid} dollars for a {good} that costs {a} dollars. How much money comes back?",
    weight=0.7,
    slots={"name": NAME, "good": GOOD, "a": Number(2, 48), "paid": Number(10, 50, 10)},
    condition=lambda given: given.paid > given.a,
)
def change(given: Values, rng: Random) -> Answer:
    rest = given.paid - given.a
    text = f"{given.paid} - {given.a} = {rest}. The change is {rest} dollars."
    return Answer(text, LastNumber(rest))


def even_trip(rng: Random) -> dict[str, int]:
    """A distance that takes whole hours at a round speed."""
    hours = rng.randint(2, 9)
    return {"distance": hours * rng.randint(1, 12) * 10, "hours": hours}


@WORD_PROBLEMS.task(
    "A {vehicle} travels {distance} kilometers in {hours} hours. What is its average speed?",
    "What is the average speed of a {vehicle} that covers {distance} kilometers in {hours} hours?",
    weight=0.4,
    slots={"vehicle": VEHICLE, "distance": Number(20, 900), "hours": Number(2, 9)},
    prepare=even_trip,
    condition=lambda given: given.hours > 0 and given.distance % given.hours == 0,
)
def speed(given: Values, rng: Random) -> Answer:
    result = given.distance // given.hours
    rule = f"Speed is distance divided by time: {given.distance} / {given.hours} = {result}."
    return Answer(f"{rule} The average speed is {result} kilometers per hour.", LastNumber(result))


@WORD_PROBLEMS.task(
    "A {vehicle} moves at {speed} kilometers per hour. How far does it go in {hours} hours?",
    "How far does a {vehicle} travel in {hours} hours at {speed} kilometers per hour?",
    "A {vehicle} goes {speed} kilometers every hour. How far does it get in {hours} hours?",
    weight=0.7,
    slots={"vehicle": VEHICLE, "speed": Number(10, 120, 10), "hours": Number(2, 9)},
)
def distance(given: Values, rng: Random) -> Answer:
    result = given.speed * given.hours
    rule = f"Distance is speed times time: {given.speed} * {given.hours} = {result}."
    return Answer(f"{rule} It travels {result} kilometers.", LastNumber(result))


@WORD_PROBLEMS.task(
    "{name} is {a} years old. {other} is {b} years older. How old is {other}?",
    "{name} is {a} years old. How old will {name} be in {b} years?",
    "{name} turned {a} today. {other} is older by {b} years. What is the age of {other}?",
    weight=0.8,
    slots={"name": NAME, "other": NAME, "a": Number(3, 60), "b": Number(2, 20)},
    condition=lambda given: given.name != given.other,
)
def age(given: Values, rng: Random) -> Answer:
    total = given.a + given.b
    text = f"{given.a} + {given.b} = {total}. The answer is {total} years."
    return Answer(text, LastNumber(total))
