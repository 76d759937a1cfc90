"""SQL expressions: parsed, checked for what they may not do, taken apart, written again. Knows no table."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from magpie_core.errors import UsageError

if TYPE_CHECKING:
    from magpie_core.selection.database import Database

Node = dict[str, Any]
Name = tuple[str, ...]
"""A column as it was written: ``("difficulty",)`` or ``("quality", "difficulty")``."""

_FORBIDDEN = {
    "SUBQUERY": "a SELECT inside it",
    "WINDOW": "a window function (OVER)",
    "PARAMETER": "a parameter",
    "STAR": "`*`",
}
_SEVERAL = ("unnest", "unlist")
"""Functions that make several rows of one, so that a record would be chosen several times."""
_SIZES = ("length", "len")
"""Functions that give the length of a text in characters (`strlen` counts bytes)."""


@dataclass(frozen=True)
class Expression:
    """One expression, parsed."""

    text: str
    """As a person wrote it, or as DuckDB writes it."""
    node: Node

    def names(self) -> set[Name]:
        """Every column it speaks of."""
        return {tuple(one["column_names"]) for one in _columns(self.node, frozenset())}


class Parser:
    """Parses with DuckDB's own parser, on a connection that needs no data."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._volatile = {
            name
            for (name,) in self._database.execute(
                "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability = 'VOLATILE'"
            ).fetchall()
        }
        self._nothing: Node = {**self._select("1")["statements"][0]["node"], "select_list": []}
        """A SELECT of nothing from nowhere, as this DuckDB writes its parse tree."""

    def parse(self, text: str, option: str = "--where") -> Expression:
        """Parse one expression.

        Raises:
            UsageError: it is none, or it does what an expression over one row cannot.
        """
        if not text.strip():
            raise UsageError(f"{option} is empty", hint=f"{option} 'instruct_reward > 0'")
        node = self._node(text, option)
        for one in walk(node):
            if what := _FORBIDDEN.get(one.get("class", "")):
                raise UsageError(
                    f"{option} `{text}` holds {what}",
                    hint="an expression over the columns of one row: \"input_quality >= 'good'\"",
                )
            if one.get("function_name") in _SEVERAL:
                raise UsageError(
                    f"{option} `{text}` calls `{one['function_name']}`, which makes several rows of one",
                    hint="whether a list holds something: \"list_contains(safety_codes, 'S1')\"",
                )
            if one.get("function_name") in self._volatile:
                raise UsageError(
                    f"{option} `{text}` calls `{one['function_name']}`, which answers differently each time",
                    hint="for a random choice that can be repeated: --sample 1000 --seed 42",
                )
        return Expression(text.strip(), node)

    def conjuncts(self, expression: Expression) -> list[Expression]:
        """The conditions that AND joins, in their order; one that stands alone is all of it."""
        node = expression.node
        if node.get("type") != "CONJUNCTION_AND":
            return [expression]
        return [
            part
            for child in node["children"]
            for part in self.conjuncts(Expression(self._text(child, expression.text), child))
        ]

    def sql(self, node: Node) -> str:
        """``node`` as SQL."""
        document = {
            "error": False,
            "statements": [
                {"node": {**self._nothing, "select_list": [node]}, "named_param_map": []}
            ],
        }
        row = self._database.execute(
            "SELECT json_deserialize_sql(?::JSON)", [json.dumps(document)]
        ).fetchone()
        assert row is not None
        return str(row[0]).removeprefix("SELECT ")

    def _node(self, text: str, option: str) -> Node:
        parsed = self._select(text)
        if parsed["error"]:
            raise UsageError(
                f"{option} `{text}` is no SQL expression: {_reason(parsed, text)}",
                hint="texts stand in single quotes, names in none or in double ones: "
                "\"input_quality >= 'good' AND language = 'en'\"",
            )
        statements = parsed["statements"]
        node = statements[0]["node"]
        alone = len(statements) == 1 and node["type"] == "SELECT_NODE"
        if (
            not alone
            or {**node, "select_list": []} != self._nothing
            or len(node["select_list"]) != 1
        ):
            raise UsageError(
                f"{option} `{text}` is more than one expression",
                hint='give the condition alone, without SELECT, FROM or `;`: "repeat_count = 0"',
            )
        found: Node = node["select_list"][0]
        return found

    def _select(self, text: str) -> Node:
        row = self._database.execute(
            "SELECT json_serialize_sql(?)", [f"SELECT (\n{text}\n)"]
        ).fetchone()
        assert row is not None
        tree: Node = json.loads(row[0])
        return tree

    def _text(self, node: Node, whole: str) -> str:
        """The words for ``node`` in ``whole``, where they can be found; else DuckDB's."""
        start, size = (
            node.get("query_location", 0) - len("SELECT (\n"),
            node["query_location_length"],
        )
        words = (
            whole.encode()[max(0, start) : start + size].decode(errors="replace")
            if start >= 0
            else ""
        )
        try:
            if words and _bare(self._node(words, "")) == _bare(node):
                return words
        except UsageError:
            pass
        written = self.sql(node)
        return written[1:-1] if _in_parentheses(written) else written


def rewritten(
    node: Node, column: Callable[[Name], Node], label: Callable[[Name, str], Node | None]
) -> Node:
    """``node`` with every column written in another way, and every label that is compared with one mended.

    Args:
        node: the expression.
        column: the node to write for a column; may raise.
        label: the node to write for a text that a column is compared with; None leaves it.
    """
    node = copy.deepcopy(node)
    for one in list(walk(node)):
        _mend_labels(one, label)
    for one in list(_columns(node, frozenset())):
        new = column(tuple(one["column_names"]))
        one.clear()
        one |= new
    return node


def named(name: str) -> Node:
    """The node of a column."""
    return {"class": "COLUMN_REF", "type": "COLUMN_REF", "alias": "", "column_names": [name]}


def nothing() -> Node:
    """The node of NULL, which has every type."""
    literal = {"kind": "NULL_LITERAL", "text": ""}
    return {"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": "", "literal": literal}


def cast(text: str, type: str) -> Node:
    """The node of ``CAST('text' AS type)``."""
    return {
        "class": "CAST",
        "type": "OPERATOR_CAST",
        "alias": "",
        "child": constant(text),
        "try_cast": False,
        "type_expr": {
            "class": "TYPE",
            "type": "TYPE",
            "alias": "",
            "catalog": "",
            "schema": "",
            "type_name": type,
            "children": [],
            "qualified_name": {"path": [type]},
        },
    }


def constant(text: str) -> Node:
    """The node of a text."""
    return {
        "class": "CONSTANT",
        "type": "VALUE_CONSTANT",
        "alias": "",
        "literal": {"kind": "STRING", "text": text},
    }


def with_sizes(node: Node) -> Node:
    """``node`` with ``length(response)`` and ``length(instruction)`` as columns, without their texts."""
    node = copy.deepcopy(node)
    for one in walk(node):
        if one.get("function_name") not in _SIZES or len(one.get("arguments", ())) != 1:
            continue
        inner = one["arguments"][0]["expression"]
        if inner.get("class") == "COLUMN_REF" and tuple(inner["column_names"]) in SIZED:
            name = SIZED[tuple(inner["column_names"])]
            one.clear()
            one |= named(name)
    return node


SIZED = {("response",): "length of response", ("instruction",): "length of instruction"}
"""The two texts, and the names of the columns that hold their lengths."""


def _mend_labels(node: Node, label: Callable[[Name, str], Node | None]) -> None:
    if node.get("class") == "COMPARISON":
        slots: list[tuple[Any, Any]] = [(node, "left"), (node, "right")]
    elif node.get("class") == "BETWEEN":
        slots = [(node, "input"), (node, "lower"), (node, "upper")]
    elif node.get("type") in ("COMPARE_IN", "COMPARE_NOT_IN"):
        slots = [(node["children"], at) for at in range(len(node["children"]))]
    else:
        return
    names = [
        tuple(holder[at]["column_names"])
        for holder, at in slots
        if holder[at].get("class") == "COLUMN_REF"
    ]
    for name in names[:1]:
        for holder, at in slots:
            literal = holder[at].get("literal", {})
            if literal.get("kind") == "STRING" and (new := label(name, literal["text"])):
                holder[at] = new


def walk(value: Any) -> Iterator[Node]:
    """``value`` and every node below; what is changed in one is looked at in its new form."""
    if isinstance(value, dict):
        yield value
        for one in list(value.values()):
            yield from walk(one)
    elif isinstance(value, list):
        for one in value:
            yield from walk(one)


def _columns(value: Any, parameters: frozenset[str]) -> Iterator[Node]:
    """Nodes that name columns; what a lambda calls its parameters is none."""
    if isinstance(value, list):
        for one in value:
            yield from _columns(one, parameters)
    elif isinstance(value, dict):
        if value.get("class") == "LAMBDA" and value.get("syntax_type") == "LAMBDA_KEYWORD":
            own = {one["column_names"][0] for one in walk(value["lhs"]) if "column_names" in one}
            yield from _columns(value["expr"], parameters | own)
        elif value.get("class") == "COLUMN_REF":
            if value["column_names"][0] not in parameters:
                yield value
        else:
            for one in value.values():
                yield from _columns(one, parameters)


def _bare(value: Any) -> Any:
    """``value`` without where its parts stand."""
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items() if not k.startswith("query_location")}
    return [_bare(one) for one in value] if isinstance(value, list) else value


def _in_parentheses(text: str) -> bool:
    """Whether the first parenthesis is closed by the last."""
    depth = 0
    for at, one in enumerate(text):
        depth += (one == "(") - (one == ")")
        if depth == 0:
            return text[:1] == "(" and at == len(text) - 1
    return False


def _reason(parsed: Node, text: str) -> str:
    if int(parsed.get("position", 0)) > len("SELECT (\n") + len(text.encode()):
        return "it ends too early"
    return str(parsed["error_message"]).splitlines()[0]
