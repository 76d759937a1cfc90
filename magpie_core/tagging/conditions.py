"""Conditions on columns: ``quality >= good and difficulty != "very hard"``. Knows no tagger."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from magpie_core.errors import UsageError
from magpie_core.tagging.labels import canonical

EXAMPLE = '--gate "quality >= good and difficulty != hard"'
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_OPERATOR = r">=|<=|!=|==|=|>|<"
_CONDITION = re.compile(
    rf"""\s*(?P<column>{_NAME})\s*(?P<operator>{_OPERATOR})\s*
    (?: "(?P<double>[^"]*)" | '(?P<single>[^']*)' | (?P<bare>[^<>=!"']+?) )
    \s*(?: \Z | \band\b(?=\s*{_NAME}\s*(?:{_OPERATOR})) )""",
    re.VERBOSE | re.IGNORECASE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
_NUMBERS = {"number", "integer"}


class Condition(msgspec.Struct, frozen=True):
    """One column held against one value."""

    column: str
    operator: str
    value: str
    """As it was written, without quotes."""

    def __str__(self) -> str:
        quoted = f'"{self.value}"' if '"' not in self.value else f"'{self.value}'"
        return f"{self.column} {self.operator} {quoted}"


def parse_conditions(text: str) -> list[Condition]:
    """The conditions in ``text``, which ``and`` joins.

    Raises:
        UsageError: it cannot be read; the message says from where on.
    """
    found: list[Condition] = []
    start = 0
    while start < len(text) or not found:
        match = _CONDITION.match(text, start)
        if match is None:
            raise UsageError(
                f"gate `{text}`: cannot read `{text[start:].strip()}` (COLUMN OPERATOR VALUE, joined by "
                f"and; operators: {', '.join(_COMPARE)})",
                hint=EXAMPLE,
            )
        value = next(
            one for one in (match["double"], match["single"], match["bare"]) if one is not None
        )
        sign = "==" if match["operator"] == "=" else match["operator"]
        found.append(Condition(match["column"], sign, value.strip()))
        start = match.end()
    return found


def meets(condition: Condition, schema: Mapping[str, Any]) -> Callable[[Any], bool]:
    """A function that says whether a column's value meets ``condition``.

    Args:
        condition: what is asked.
        schema: the column's JSON schema; labels of an ``enum`` are compared by their order in it, unless
            it says ``"unordered": true``.

    Raises:
        UsageError: the column has no such value, or no order.
    """
    compare = _COMPARE[condition.operator]
    ordered = condition.operator not in ("==", "!=")
    if "enum" in schema:
        labels = list(schema["enum"])
        wanted = canonical(condition.value, labels)
        if wanted is None:
            raise UsageError(
                f"gate `{condition}`: `{condition.column}` is never `{condition.value}` "
                f"(labels: {', '.join(map(str, labels))})",
                hint=f'--gate "{condition.column} {condition.operator} {labels[-1]}"',
            )
        if ordered and schema.get("unordered"):
            raise _no_order(condition)
        least = labels.index(wanted)
        return lambda value: value in labels and compare(labels.index(value), least)
    kinds = _kinds(schema)
    if kinds & _NUMBERS:
        number = _number(condition)
        return lambda value: isinstance(value, int | float) and compare(value, number)
    if ordered:
        raise _no_order(condition)
    if "boolean" in kinds:
        truth = _truth(condition)
        return lambda value: value is not None and compare(value, truth)
    _require_fit(condition, schema)
    return lambda value: value is not None and compare(value, condition.value)


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    """The types that a value may have, as JSON Schema names them."""
    named = schema.get("type", ())
    return {named} if isinstance(named, str) else set(named)


def _require_fit(condition: Condition, schema: Mapping[str, Any]) -> None:
    """Refuse a text that the column can never hold: every instruction would be turned down."""
    pattern = schema.get("pattern")
    if not isinstance(pattern, str) or re.search(pattern, condition.value):
        return
    upper = condition.value.upper()
    raise UsageError(
        f"gate `{condition}`: `{condition.column}` is never `{condition.value}` (its values fit {pattern})",
        hint=f'--gate "{condition.column} {condition.operator} {upper}"'
        if re.search(pattern, upper)
        else "magpie tag --list",
    )


def _no_order(condition: Condition) -> UsageError:
    return UsageError(
        f"gate `{condition}`: the values of `{condition.column}` have no order",
        hint=f'--gate "{condition.column} == {condition.value}"',
    )


def _number(condition: Condition) -> float:
    try:
        return float(condition.value)
    except ValueError:
        raise UsageError(
            f"gate `{condition}`: `{condition.column}` is a number, and `{condition.value}` is none",
            hint=f'--gate "{condition.column} {condition.operator} 0.5"',
        ) from None


def _truth(condition: Condition) -> bool:
    known = {"true": True, "false": False}
    if condition.value.lower() not in known:
        raise UsageError(
            f"gate `{condition}`: `{condition.column}` is true or false",
            hint=f'--gate "{condition.column} == true"',
        )
    return known[condition.value.lower()]
