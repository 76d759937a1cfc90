"""What people write around a task: greetings, who they are, thanks, "only the answer, please".

Most openings and closings have slots of their own, so that few instructions repeat.
"""

import re
from random import Random

from .knowledge.geography import COUNTRIES
from .knowledge.people import NAMES, RELATIVES
from .slots import Choice, Number, Slot, compile_phrasing, fill
from .task import Task

SLOTS: dict[str, Slot] = {
    "name": Choice(NAMES),
    "relative": Choice(RELATIVES),
    "city": Choice(country.capital for country in COUNTRIES),
    "job": Choice(
        [
            "teacher",
            "student",
            "nurse",
            "chef",
            "driver",
            "writer",
            "farmer",
            "painter",
            "pilot",
            "musician",
            "baker",
            "lawyer",
        ]
    ),
    "age": Number(9, 70),
}
OPENINGS = {
    "en": [
        "Hi! ",
        "Hello! ",
        "Hi there. ",
        "Good morning! ",
        "Good evening! ",
        "Excuse me. ",
        "I need help. ",
        "Please help me. ",
        "Can you help me? ",
        "I have a question. ",
        "Quick question: ",
        "Question: ",
        "Here is my question: ",
        "I am curious: ",
        "Hi, I am {name}. ",
        "Hello, my name is {name}. ",
        "{name} asked me this: ",
        "My {relative} wants to know: ",
        "My {relative} asked me this: ",
        "I am asking for my {relative} {name}. ",
        "I am {job|a}. ",
        "I am {job|a} from {city}. ",
        "Greetings from {city}! ",
        "I am {age} years old. ",
    ],
    "es": ["Hola. ", "Buenos días. ", "Una pregunta: ", "Hola, soy {name}. "],
    "zh": ["你好！", "您好！", "我有一个问题：", "我是{name}。"],
}
CLOSINGS = {
    "en": [
        " Thanks!",
        " Thank you.",
        " Thanks in advance!",
        " Please keep it short.",
        " Please be brief.",
        " Keep it simple, please.",
        " I would appreciate your help.",
        " I am in a hurry.",
        " It is for a school project.",
        " It is for my {relative}.",
        " My {relative} and I are curious.",
    ],
    "es": [" Gracias.", " ¡Muchas gracias!"],
    "zh": ["谢谢！", "谢谢你。"],
}
BARE_ANSWER_REQUESTS = [
    " Answer with one word or number only.",
    " Give only the answer.",
    " Just the answer, please.",
]
#: How often an instruction gets each of them.
BARE_ANSWER, OPENING, CLOSING = 0.10, 0.38, 0.20


def decorate(task: Task, instruction: str, rng: Random) -> tuple[str, bool]:
    """``instruction`` with an opening, a closing, both or none; and whether it asks for the bare answer."""
    if not task.decorated:
        return instruction, False
    if task.short and rng.random() < BARE_ANSWER:
        return instruction + rng.choice(BARE_ANSWER_REQUESTS), True
    before = after = ""
    if rng.random() < OPENING:
        before = fill_in(rng.choice(OPENINGS[task.language]), rng)
    ends_a_sentence = "\n" not in instruction and instruction[-1] in ".?!。？"
    if rng.random() < CLOSING and ends_a_sentence:
        after = fill_in(rng.choice(CLOSINGS[task.language]), rng)
    return before + instruction + after, False


def fill_in(template: str, rng: Random) -> str:
    """``template`` with random slot values."""
    return fill(template, {name: slot.sample(rng) for name, slot in SLOTS.items()}, SLOTS)


def any_of(templates: dict[str, list[str]]) -> re.Pattern[str]:
    """A pattern for all fillings of all templates, without group names."""
    patterns = (
        compile_phrasing(template, SLOTS)[0].pattern
        for language in templates.values()
        for template in language
    )
    return re.compile("|".join(re.sub(r"\?P<\w+>", "?:", pattern) for pattern in patterns))


OPENING_PATTERN = any_of(OPENINGS)
CLOSING_PATTERN = re.compile(f"(?:{any_of(CLOSINGS).pattern})$")


def undecorate(instruction: str) -> list[tuple[str, bool]]:
    """The possible bare instructions inside ``instruction``, the whole one first."""
    for request in BARE_ANSWER_REQUESTS:
        if instruction.endswith(request):
            return [(instruction.removesuffix(request), True)]
    candidates = [instruction]
    closing = CLOSING_PATTERN.search(instruction)
    if closing:
        candidates.append(instruction[: closing.start()])
    for candidate in list(candidates):
        opening = OPENING_PATTERN.match(candidate)
        if opening:
            candidates.append(candidate[opening.end() :])
    return [(candidate, False) for candidate in candidates if candidate]
