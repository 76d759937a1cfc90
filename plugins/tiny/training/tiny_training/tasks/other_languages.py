"""A share of the categories in Spanish and in Chinese."""

from random import Random

from tiny_training.expectations import Contains, Items, LastNumber
from tiny_training.knowledge.other_languages import (
    CHINESE_CAPITALS,
    CHINESE_TIPS,
    SPANISH_CAPITALS,
    SPANISH_TIPS,
)
from tiny_training.knowledge.words import WORDS
from tiny_training.language import numbered
from tiny_training.slots import Choice
from tiny_training.task import Answer, TaskGroup, Values

from .common import FACTOR, small_number

SPANISH_INFORMATION = TaskGroup("Information seeking", "es")
SPANISH_MATH = TaskGroup("Math", "es")
SPANISH_ADVICE = TaskGroup("Advice seeking", "es")
SPANISH_OTHERS = TaskGroup("Others", "es")
CHINESE_INFORMATION = TaskGroup("Information seeking", "zh")
CHINESE_MATH = TaskGroup("Math", "zh")
CHINESE_ADVICE = TaskGroup("Advice seeking", "zh")
CHINESE_OTHERS = TaskGroup("Others", "zh")

TWO_NUMBERS = {"a": small_number(50), "b": small_number(50)}
TWO_FACTORS = {"a": FACTOR, "b": FACTOR}
FROM_SPANISH: dict[str, str] = {}
FROM_CHINESE: dict[str, str] = {}
for _word in WORDS:
    FROM_SPANISH.setdefault(_word.spanish, _word.english)
    FROM_CHINESE.setdefault(_word.chinese, _word.english)


@SPANISH_INFORMATION.task(
    "¿Cuál es la capital de {country}?",
    "Dime la capital de {country}.",
    "¿Sabes cuál es la capital de {country}?",
    "¿Qué ciudad es la capital de {country}?",
    weight=0.9,
    slots={"country": Choice(SPANISH_CAPITALS)},
)
def spanish_capital(given: Values, rng: Random) -> Answer:
    text = f"La capital de {given.country} es {SPANISH_CAPITALS[given.country]}."
    return Answer(text, Contains(text))


@SPANISH_MATH.task(
    "¿Cuánto es {a} más {b}?",
    "Calcula {a} + {b}.",
    "Suma {a} y {b}.",
    "¿Cuál es la suma de {a} y {b}?",
    weight=0.8,
    slots=TWO_NUMBERS,
)
def spanish_addition(given: Values, rng: Random) -> Answer:
    total = given.a + given.b
    return Answer(f"{given.a} + {given.b} = {total}.", LastNumber(total))


@SPANISH_MATH.task(
    "¿Cuánto es {a} por {b}?",
    "Multiplica {a} por {b}.",
    "¿Cuál es el producto de {a} y {b}?",
    weight=0.5,
    slots=TWO_FACTORS,
)
def spanish_multiplication(given: Values, rng: Random) -> Answer:
    product = given.a * given.b
    return Answer(f"{given.a} * {given.b} = {product}.", LastNumber(product))


@SPANISH_OTHERS.task(
    '¿Cómo se dice "{word}" en inglés?',
    'Traduce "{word}" al inglés.',
    '¿Qué significa "{word}" en inglés?',
    weight=0.9,
    slots={"word": Choice(FROM_SPANISH)},
)
def spanish_translation(given: Values, rng: Random) -> Answer:
    meaning = f'en inglés es "{FROM_SPANISH[given.word]}".'
    return Answer(f'"{given.word}" {meaning}', Contains(meaning))


@SPANISH_ADVICE.task(
    "¿Cómo puedo {goal}?",
    "Dame tres consejos para {goal}.",
    "Quiero {goal}. ¿Qué debo hacer?",
    "¿Qué me ayuda a {goal}?",
    weight=0.8,
    slots={"goal": Choice(SPANISH_TIPS)},
)
def spanish_tips(given: Values, rng: Random) -> Answer:
    chosen = SPANISH_TIPS[given.goal]
    text = f"Aquí tienes tres consejos para {given.goal}:\n{numbered(chosen)}"
    return Answer(text, Items(chosen, 3))


@CHINESE_INFORMATION.task(
    "{country}的首都是哪里？",
    "请问{country}的首都是哪个城市？",
    "你知道{country}的首都吗？",
    "请告诉我{country}的首都。",
    weight=0.9,
    slots={"country": Choice(CHINESE_CAPITALS)},
)
def chinese_capital(given: Values, rng: Random) -> Answer:
    text = f"{given.country}的首都是{CHINESE_CAPITALS[given.country]}。"
    return Answer(text, Contains(text))


@CHINESE_MATH.task(
    "{a}加{b}等于多少？",
    "请计算{a}+{b}。",
    "{a}和{b}的和是多少？",
    "{a} + {b} = ？",
    weight=0.8,
    slots=TWO_NUMBERS,
)
def chinese_addition(given: Values, rng: Random) -> Answer:
    total = given.a + given.b
    return Answer(f"{given.a} + {given.b} = {total}。", LastNumber(total))


@CHINESE_MATH.task(
    "{a}乘以{b}等于多少？",
    "请计算{a}乘{b}。",
    "{a}和{b}的积是多少？",
    weight=0.5,
    slots=TWO_FACTORS,
)
def chinese_multiplication(given: Values, rng: Random) -> Answer:
    product = given.a * given.b
    return Answer(f"{given.a} * {given.b} = {product}。", LastNumber(product))


@CHINESE_OTHERS.task(
    '"{word}"用英语怎么说？',
    '请把"{word}"翻译成英语。',
    '"{word}"的英文是什么？',
    weight=0.9,
    slots={"word": Choice(FROM_CHINESE)},
)
def chinese_translation(given: Values, rng: Random) -> Answer:
    meaning = f'"{given.word}"的英文是"{FROM_CHINESE[given.word]}"。'
    return Answer(meaning, Contains(meaning))


@CHINESE_ADVICE.task(
    "怎样才能{goal}？",
    "请给我三个{goal}的建议。",
    "我想{goal}，应该怎么做？",
    "{goal}有什么好方法？",
    weight=0.8,
    slots={"goal": Choice(CHINESE_TIPS)},
)
def chinese_tips(given: Values, rng: Random) -> Answer:
    chosen = CHINESE_TIPS[given.goal]
    text = f"以下是{given.goal}的三个建议：\n{numbered(chosen)}"
    return Answer(text, Items(chosen, 3))
