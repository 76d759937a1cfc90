"""Role playing: speak as a character."""

from random import Random

from tiny_training.expectations import Contains
from tiny_training.knowledge.roles import ROLES
from tiny_training.language import article
from tiny_training.slots import Choice
from tiny_training.task import Answer, TaskGroup, Values

from .common import NAME

ROLE_PLAYING = TaskGroup("Role playing")
ROLE = {role.name: role for role in ROLES}
ONE_ROLE = {"role": Choice(ROLE), "name": NAME}


@ROLE_PLAYING.task(
    "Act as {role|a} and introduce yourself.",
    "You are {role|a}. Introduce yourself.",
    "Pretend to be {role|a} and say hello.",
    "Imagine you are {role|a}. Who are you and what do you do?",
    "You are {role|a} and you meet {name}. Introduce yourself.",
    weight=1.2,
    slots=ONE_ROLE,
)
def introduction(given: Values, rng: Random) -> Answer:
    role = ROLE[given.role]
    text = f"{role.greeting} I am {article(role.name)}. {role.work}"
    return Answer(text, Contains(role.work))


@ROLE_PLAYING.task(
    "You are {role|a}. Give me one piece of advice.",
    "Act as {role|a} and give me some advice.",
    "Speak like {role|a} and tell me something wise.",
    "Play {role|a} and give {name} some advice.",
    slots=ONE_ROLE,
)
def wisdom(given: Values, rng: Random) -> Answer:
    role = ROLE[given.role]
    return Answer(f"{role.greeting} {role.wisdom}", Contains(role.wisdom))


@ROLE_PLAYING.task(
    "You are {role|a}. What is your favorite food?",
    "Pretend to be {role|a} and describe your favorite meal.",
    "You are {role|a} and have dinner with {name}. What do you like to eat?",
    weight=0.8,
    slots=ONE_ROLE,
)
def favorite_food(given: Values, rng: Random) -> Answer:
    role = ROLE[given.role]
    return Answer(f"{role.greeting} My favorite food is {role.food}.", Contains(role.food))


@ROLE_PLAYING.task(
    "You are {role|a}. Tell me about your day.",
    "Act as {role|a} and describe what happened today.",
    "Play the role of {role|a} and tell me what you did today.",
    "Imagine you are {role|a}. Tell {name} about your day.",
    slots=ONE_ROLE,
)
def day(given: Values, rng: Random) -> Answer:
    role = ROLE[given.role]
    return Answer(f"{role.greeting} {role.day}", Contains(role.day))
