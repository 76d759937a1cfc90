"""Any text after --where: a condition that can be computed, or an error that says what is wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.dataset.source import open_source
from magpie_core.errors import MagpieError
from magpie_core.selection.database import parser_for
from magpie_core.selection.request import Request
from magpie_core.selection.select import select
from magpie_core.testing.fuzz import fuzzed

pytest.importorskip("duckdb")
WORDS = [
    "instruction",
    "response",
    "id",
    "difficulty",
    "nobody",
    "'easy'",
    "'x",
    '"y',
    "1",
    "-0.5",
    "1e400",
    "9" * 50,
]
WORDS += [
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS NULL",
    "LIKE",
    "BETWEEN",
    "CASE WHEN",
    "THEN",
    "END",
    "(",
    ")",
    ",",
    ";",
    "--",
]
WORDS += [
    "=",
    "<",
    ">=",
    "!=",
    "||",
    "::INT",
    "::",
    "[1]",
    "{",
    "}",
    "*",
    "%",
    "/",
    "length(",
    "regexp_matches(",
    "count(",
    "sum(",
]
WORDS += [
    "SELECT",
    "FROM",
    "read_text('/etc/passwd')",
    "random()",
    "unnest([1])",
    "$1",
    "?",
    "COPY",
    "pragma",
    "x -> x",
    "\x00",
    "é",
]
TEXT = st.lists(st.sampled_from(WORDS) | st.text(max_size=3), min_size=1, max_size=7).map(" ".join)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "data.jsonl"
    rows = [
        {
            "id": f"r{n}",
            "instruction": f"i {n}",
            "response": "r" * n,
            "difficulty": ["easy", "hard"][n % 2],
        }
        for n in range(5)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def parser():
    with parser_for() as parser:
        yield parser


@given(text=TEXT)
@fuzzed(250)
def test_any_text_is_an_expression_or_none(parser, text):
    try:
        found = parser.parse(text)
    except MagpieError as error:
        assert error.exit_code == 2  # noqa: PT017
        return
    for one in parser.conjuncts(found):
        assert one.names() <= found.names()
        assert parser.sql(one.node)


@given(TEXT, st.sampled_from(["where", "by"]))
@fuzzed(60)
def test_any_condition_and_order(data, text, place):
    request = {"where": (text,)} if place == "where" else {"by": text, "top": 2}
    try:
        with open_source(data) as source, select(source, Request(**request)) as selection:
            ids = list(selection.ids())
    except MagpieError as error:
        assert error.message  # noqa: PT017
        assert error.exit_code in (2, 5)  # noqa: PT017
        return
    assert set(ids) <= {f"r{n}" for n in range(5)}
    assert len(ids) == len(set(ids))
