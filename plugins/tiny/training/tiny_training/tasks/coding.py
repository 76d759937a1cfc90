"""Coding & Debugging: SQL, JavaScript, shell, Git and HTML. Python is in ``coding_python``."""

from random import Random
from typing import Any

from tiny_training.expectations import Contains
from tiny_training.knowledge.code import BASH, COLUMNS, GIT, JAVASCRIPT, NUMERIC_COLUMNS
from tiny_training.knowledge.words import PLAIN_WORDS
from tiny_training.language import code_block
from tiny_training.slots import Choice, Number
from tiny_training.task import Answer, TaskGroup, Values

from .common import SIMPLE

CODING = TaskGroup("Coding & Debugging")
JAVASCRIPT_BY_PURPOSE = {function.purpose: function for function in JAVASCRIPT}
WORD = Choice(PLAIN_WORDS)
TABLE = Choice(COLUMNS)
COLUMN = Choice(column for columns in COLUMNS.values() for column in columns)
NUMERIC_COLUMN = Choice(column for columns in NUMERIC_COLUMNS.values() for column in columns)


def query_parts(rng: Random) -> dict[str, Any]:
    """A table with columns it really has."""
    table = rng.choice(list(COLUMNS))
    return {
        "table": table,
        "column": rng.choice(COLUMNS[table]),
        "number": rng.choice(NUMERIC_COLUMNS[table]),
    }


@CODING.task(
    "Write a SQL query to select {column} from the {table} table where {number} is greater than {n}.",
    "How do I get the {column} of all {table} with {number} above {n} in SQL?",
    "I need a SQL query for the {column} of all {table} whose {number} is over {n}.",
    weight=1.2,
    slots={"table": TABLE, "column": COLUMN, "number": NUMERIC_COLUMN, "n": Number(5, 100, 5)},
    prepare=query_parts,
)
def sql_where(given: Values, rng: Random) -> Answer:
    query = f"SELECT {given.column} FROM {given.table} WHERE {given.number} > {given.n};"
    return Answer(code_block("sql", query), Contains(query))


@CODING.task(
    "Write a SQL query that counts the rows in the {table} table.",
    "How do I count all {table} in SQL?",
    "Write a {kind} SQL query that returns the number of {table}.",
    weight=0.5,
    slots={"table": TABLE, "kind": SIMPLE},
)
def sql_count(given: Values, rng: Random) -> Answer:
    query = f"SELECT COUNT(*) FROM {given.table};"
    return Answer(code_block("sql", query), Contains(query))


@CODING.task(
    "Write a SQL query that lists all {table} sorted by {column}.",
    "How do I sort the {table} table by {column} in SQL?",
    "Show me a SQL query for all {table} ordered by {column}.",
    weight=0.6,
    slots={"table": TABLE, "column": COLUMN},
    prepare=query_parts,
)
def sql_order(given: Values, rng: Random) -> Answer:
    query = f"SELECT * FROM {given.table} ORDER BY {given.column};"
    return Answer(code_block("sql", query), Contains(query))


@CODING.task(
    "Write a JavaScript function that {purpose}.",
    "Create a function in JavaScript that {purpose}.",
    "How would you write a JavaScript function that {purpose}?",
    "Write a {kind} JavaScript function that {purpose}.",
    weight=1.2,
    slots={"purpose": Choice(JAVASCRIPT_BY_PURPOSE), "kind": SIMPLE},
)
def javascript_function(given: Values, rng: Random) -> Answer:
    function = JAVASCRIPT_BY_PURPOSE[given.purpose]
    head = f"function {function.name}({function.arguments})"
    code = f"{head} {{\n    {function.body}\n}}"
    return Answer(code_block("javascript", code), Contains(head, function.body))


def command(line: str) -> Answer:
    """A command to type."""
    block = code_block("bash", line)
    return Answer(f"You can use this command:\n{block}", Contains(f"bash {line} ```"))


@CODING.task(
    "How do I {goal} in Linux?",
    "Which Linux command can I use to {goal}?",
    "Give me a bash command to {goal}.",
    "I work in a terminal. How can I {goal}?",
    slots={"goal": Choice(BASH)},
)
def shell_command(given: Values, rng: Random) -> Answer:
    return command(BASH[given.goal])


@CODING.task(
    "How do I {goal} in Git?",
    "Which Git command can I use to {goal}?",
    "What is the git command to {goal}?",
    "I use Git. How can I {goal}?",
    weight=0.9,
    slots={"goal": Choice(GIT)},
)
def git_command(given: Values, rng: Random) -> Answer:
    return command(GIT[given.goal])


@CODING.task(
    'Write an HTML link to {address} with the text "{label}".',
    'How do I create an HTML link that points to {address} and shows "{label}"?',
    weight=0.5,
    slots={
        "address": Choice(
            f"https://{name}.com"
            for name in ["example", "shop", "news", "music", "travel", "books", "games"]
        ),
        "label": Choice(["Click here", "Read more", "Home", "Contact us", "Our shop"]),
    },
)
def html_link(given: Values, rng: Random) -> Answer:
    link = f'<a href="{given.address}">{given.label}</a>'
    return Answer(code_block("html", link), Contains(link))


@CODING.task(
    "Create an HTML list with the items {a}, {b} and {c}.",
    "Write HTML code for a list of {a}, {b} and {c}.",
    weight=0.5,
    slots={"a": WORD, "b": WORD, "c": WORD},
    condition=lambda given: len({given.a, given.b, given.c}) == 3,
)
def html_list(given: Values, rng: Random) -> Answer:
    entries = [f"<li>{word}</li>" for word in (given.a, given.b, given.c)]
    code = "\n".join(["<ul>", *(f"    {entry}" for entry in entries), "</ul>"])
    return Answer(code_block("html", code), Contains(*entries))
