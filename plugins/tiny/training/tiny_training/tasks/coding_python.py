"""Coding & Debugging in Python."""

from random import Random

from tiny_training.expectations import Contains, LastNumber, Verbatim
from tiny_training.knowledge.code import PYTHON, PythonFunction
from tiny_training.knowledge.words import PLAIN_WORDS
from tiny_training.language import code_block
from tiny_training.slots import Choice, FreeText, Number
from tiny_training.task import Answer, TaskGroup, Values

from .common import FACTOR, SIMPLE, small_number

PYTHON_CODING = TaskGroup("Coding & Debugging")
PYTHON_BY_PURPOSE = {function.purpose: function for function in PYTHON}
PYTHON_BY_NAME = {function.name: function for function in PYTHON}
WORD = Choice(PLAIN_WORDS)


def show_python(function: PythonFunction) -> Answer:
    """The function with its explanation."""
    body = "\n".join(f"    {line}" for line in function.body.split("~"))
    code = f"def {function.name}({function.arguments}):\n{body}"
    last_line = function.body.split("~")[-1].strip()
    return Answer(
        f"{code_block('python', code)}\n{function.explanation}",
        Contains(f"def {function.name}(", last_line),
    )


@PYTHON_CODING.task(
    "Write a Python function that {purpose}.",
    "Create a Python function that {purpose}.",
    "Can you write a function in Python that {purpose}?",
    "I need Python code for a function that {purpose}.",
    "Implement a function in Python that {purpose}.",
    "Show me a Python function that {purpose}. Add a short explanation.",
    "Write a {kind} Python function that {purpose}.",
    "Can you show me a {kind} function in Python that {purpose}?",
    "My program needs a function that {purpose}. Please write it in Python.",
    weight=3.5,
    slots={"purpose": Choice(PYTHON_BY_PURPOSE), "kind": SIMPLE},
)
def python_function(given: Values, rng: Random) -> Answer:
    return show_python(PYTHON_BY_PURPOSE[given.purpose])


@PYTHON_CODING.task(
    "Write a Python function called {name} and explain it.",
    "Implement {name} in Python.",
    "How would you implement the function {name} in Python?",
    "Write a {kind} version of {name} in Python.",
    slots={"name": Choice(PYTHON_BY_NAME), "kind": SIMPLE},
)
def python_function_by_name(given: Values, rng: Random) -> Answer:
    return show_python(PYTHON_BY_NAME[given.name])


@PYTHON_CODING.task(
    "Write Python code that keeps only the numbers greater than {n} in a list.",
    "How can I filter a Python list to numbers above {n}?",
    "In Python, how do I drop all numbers up to {n} from a list?",
    weight=0.6,
    slots={"n": Number(1, 100)},
)
def python_filter(given: Values, rng: Random) -> Answer:
    code = code_block("python", f"result = [x for x in numbers if x > {given.n}]")
    return Answer(
        f"{code}\nThe list comprehension keeps the values greater than {given.n}.",
        Contains(f"x > {given.n}]"),
    )


@PYTHON_CODING.task(
    "Write a Python loop that prints the numbers from {first} to {last}.",
    "How do I print all numbers from {first} to {last} in Python?",
    "Write a {kind} Python loop that counts from {first} to {last}.",
    weight=0.6,
    slots={"first": Number(0, 10), "last": Number(11, 99), "kind": SIMPLE},
    condition=lambda given: given.last > given.first,
)
def python_loop(given: Values, rng: Random) -> Answer:
    end = given.last + 1
    code = code_block("python", f"for i in range({given.first}, {end}):\n    print(i)")
    text = f"{code}\nThe end of the range is not included, so we use {end}."
    return Answer(text, Contains(f"range({given.first}, {end})"))


@PYTHON_CODING.task(
    "Write Python code that multiplies every item of a list by {n}.",
    "How do I multiply each number in a Python list by {n}?",
    weight=0.5,
    slots={"n": Number(2, 50)},
)
def python_map(given: Values, rng: Random) -> Answer:
    code = code_block("python", f"result = [x * {given.n} for x in numbers]")
    return Answer(code, Contains(f"x * {given.n} for"))


@PYTHON_CODING.task(
    "What does print({a} + {b}) output in Python?",
    "What is the output of print({a} + {b})?",
    weight=0.5,
    slots={"a": small_number(50), "b": small_number(50)},
)
def python_print_sum(given: Values, rng: Random) -> Answer:
    return Answer(f"It prints {given.a + given.b}.", LastNumber(given.a + given.b))


@PYTHON_CODING.task(
    "What does print({a} * {b}) output in Python?",
    "What is the output of print({a} * {b})?",
    weight=0.4,
    slots={"a": FACTOR, "b": FACTOR},
)
def python_print_product(given: Values, rng: Random) -> Answer:
    return Answer(f"It prints {given.a * given.b}.", LastNumber(given.a * given.b))


@PYTHON_CODING.task(
    "What does this code print?\n```python\nfor i in range({n}):\n    print(i)\n```",
    "Explain this code:\n```python\nfor i in range({n}):\n    print(i)\n```",
    "Which numbers does this loop print?\n```python\nfor i in range({n}):\n    print(i)\n```",
    weight=0.6,
    slots={"n": Number(2, 30)},
)
def python_range(given: Values, rng: Random) -> Answer:
    last = given.n - 1
    text = f"The loop prints the numbers from 0 to {last}, each on its own line."
    return Answer(text, Contains(f"from 0 to {last},"))


@PYTHON_CODING.task(
    'What does len("{word}") return in Python?',
    'What is the result of len("{word}")?',
    weight=0.4,
    slots={"word": WORD},
)
def python_length(given: Values, rng: Random) -> Answer:
    length = len(given.word)
    reason = f'because the string "{given.word}" has {length} characters'
    return Answer(f"It returns {length}, {reason}.", LastNumber(length))


@PYTHON_CODING.task(
    'What does "{word}".upper() return in Python?',
    'What is the output of print("{word}".upper())?',
    weight=0.4,
    slots={"word": WORD},
)
def python_upper(given: Values, rng: Random) -> Answer:
    text = f"It gives {given.word.upper()}, since upper makes all letters uppercase."
    return Answer(text, Contains(f"gives {given.word.upper()},"))


KEYS = ["name", "age", "city", "price", "color", "title", "score", "email"]
EXAMPLES = dict(
    zip(
        KEYS,
        ['"Anna"', "30", '"Paris"', "10", '"red"', '"My Book"', "95", '"anna@example.com"'],
        strict=True,
    )
)


@PYTHON_CODING.task(
    "Create a Python dictionary with the keys {first} and {second}.",
    "How do I make a dictionary with the keys {first} and {second} in Python?",
    "Write a {kind} Python dictionary with the keys {first} and {second}.",
    weight=0.4,
    slots={"first": Choice(KEYS), "second": Choice(KEYS), "kind": SIMPLE},
    condition=lambda given: given.first != given.second,
)
def python_dictionary(given: Values, rng: Random) -> Answer:
    entries = ", ".join(f'"{key}": {EXAMPLES[key]}' for key in (given.first, given.second))
    code = f"data = {{{entries}}}"
    return Answer(code_block("python", code), Contains(code))


def broken_code() -> dict[str, tuple[str, str]]:
    """Code with a mistake -> what is wrong, and the corrected code."""
    result = {}
    for name in ("x", "n", "count", "total", "age", "score", "value", "i"):
        for number in range(2, 41):
            cases = (
                (
                    f"if {name} > {number}\n    print({name})",
                    f"if {name} > {number}:\n    print({name})",
                    "There is a missing colon at the end of the if line.",
                ),
                (
                    f"for {name} in range({number})\n    print({name})",
                    f"for {name} in range({number}):\n    print({name})",
                    "There is a missing colon at the end of the for line.",
                ),
                (
                    f"print({name} + {number}",
                    f"print({name} + {number})",
                    "There is a missing closing parenthesis.",
                ),
                (
                    f"if {name} = {number}:\n    print({name})",
                    f"if {name} == {number}:\n    print({name})",
                    "A comparison needs == instead of =.",
                ),
                (
                    f"while {name} < {number}:\n{name} += 1",
                    f"while {name} < {number}:\n    {name} += 1",
                    "The body of the loop must be indented.",
                ),
                (
                    f'{name} = "number {number}',
                    f'{name} = "number {number}"',
                    "There is a missing closing quote.",
                ),
            )
            for broken, fixed, reason in cases:
                result[broken] = (reason, fixed)
    return result


BROKEN = broken_code()
BROKEN_CODE = list(BROKEN)


@PYTHON_CODING.task(
    "Fix the bug in this Python code:\n```python\n{code}\n```",
    "Why does this code not work?\n```python\n{code}\n```",
    "My Python code gives an error. Please correct it:\n```python\n{code}\n```",
    "What is wrong with this code?\n```python\n{code}\n```",
    "Debug this snippet:\n```python\n{code}\n```",
    weight=2.0,
    slots={"code": FreeText(r"[^`]{3,80}?")},
    prepare=lambda rng: {"code": rng.choice(BROKEN_CODE)},
    condition=lambda given: given.code in BROKEN,
)
def python_bug(given: Values, rng: Random) -> Answer:
    reason, fixed = BROKEN[given.code]
    block = code_block("python", fixed)
    return Answer(f"{reason} Here is the corrected code:\n{block}", Verbatim(block))
