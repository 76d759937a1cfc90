"""Expressions are parsed by DuckDB and refused when they are more than that."""

import pytest

from magpie_core.errors import UsageError
from magpie_core.selection.database import parser_for
from magpie_core.selection.expression import Expression, with_sizes


@pytest.fixture(scope="module")
def parser():
    with parser_for() as parser:
        yield parser


def test_and_is_taken_apart_at_the_top_only(parser):
    text = "a = 1 AND (b = 2 OR c = 3 AND d = 4) AND NOT e LIKE '%:'"
    parts = parser.conjuncts(parser.parse(text))
    assert len(parts) == 3
    assert parts[0].text == "a = 1"
    assert parts[2].text == "NOT e LIKE '%:'"
    assert parts[1].names() == {("b",), ("c",), ("d",)}


@pytest.mark.parametrize("first", ["a = 'ü€😀'", '"ü" = 1', "a IN ('x', 'y')", "a BETWEEN 1 AND 2"])
def test_the_words_of_a_condition_mean_what_it_means(parser, first):
    for part in parser.conjuncts(parser.parse(f"{first} AND b > 2 -- why\n AND c IN (3, 4)")):
        again = parser.parse(part.text)
        assert parser.sql(again.node) == parser.sql(part.node)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a >", "ends too early"),
        ("a = 'x", "no SQL expression"),
        ("a = 1); DROP TABLE t; SELECT (1", "no SQL expression"),
        ("a = 1; b = 2", "no SQL expression"),
        ("a) FROM read_text('x') WHERE (b", "more than one expression"),
        ("a), (b", "more than one expression"),
        ("a = 1) UNION SELECT (2", "more than one expression"),
        ("a = 1) ORDER BY (b", "more than one expression"),
        ("a IN (SELECT content FROM read_text('x'))", "a SELECT inside"),
        ("EXISTS (FROM x)", "a SELECT inside"),
        ("row_number() OVER () = 1", "window function"),
        ("a = ?", "a parameter"),
        ("COLUMNS('a') > 1", "`*`"),
        ("random() < 0.5", "`random`"),
        (" ", "is empty"),
    ],
)
def test_what_is_no_expression_is_refused(parser, text, said):
    with pytest.raises(UsageError, match=said.replace("*", r"\*")) as caught:
        parser.parse(text)
    assert caught.value.hint


def test_a_lambda_names_no_column(parser):
    parsed = parser.parse("len(list_filter(tags, lambda x: x = wanted)) > 0")
    assert parsed.names() == {("tags",), ("wanted",)}


def test_qualified_and_quoted_names(parser):
    assert parser.parse('quality.difficulty = "a b"').names() == {
        ("quality", "difficulty"),
        ("a b",),
    }


@pytest.mark.parametrize(
    ("text", "read"), [("length(response) > 3", False), ("strlen(response) > 3", True)]
)
def test_lengths_need_no_text(parser, text, read):
    node = with_sizes(parser.parse(text).node)
    assert (("response",) in Expression(text, node).names()) == read
