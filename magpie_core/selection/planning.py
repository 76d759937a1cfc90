"""A request, parsed: what it speaks of, before anything is read. Knows no table."""

from __future__ import annotations

from dataclasses import dataclass, field

from magpie_core.errors import UsageError
from magpie_core.selection.expression import SIZED, Expression, Name, Parser, with_sizes
from magpie_core.selection.request import Request


@dataclass
class Plan:
    """A request, parsed."""

    request: Request
    conditions: list[Expression]
    by: Expression | None
    groups: list[Expression]
    names: set[Name] = field(default_factory=set)
    """Columns that are asked for."""


def plan(request: Request, parser: Parser) -> Plan:
    """Parse what was asked for.

    Raises:
        UsageError: an expression that is none, or options that do not go together.
    """
    request.check()
    conditions = [
        part for text in request.where for part in parser.conjuncts(parser.parse(text, "--where"))
    ]
    by = parser.parse(request.by, "--by") if request.by else None
    option = "--balance" if request.balance else "--quota"
    groups = [
        _only_a_name(parser.parse(one, option), option)
        for one in (*request.balance, *request.quota)
    ]
    expressions = [*conditions, *([by] if by else []), *groups]
    names = {
        name
        for one in expressions
        for name in Expression(one.text, with_sizes(one.node)).names()
        if name[-1] not in SIZED.values()
    }
    return Plan(request, conditions, by, groups, names)


def _only_a_name(expression: Expression, option: str) -> Expression:
    if expression.node.get("class") != "COLUMN_REF":
        raise UsageError(
            f"{option} takes the names of columns, not `{expression.text}`",
            hint=f"{option} {'task_category,difficulty' if option == '--balance' else 'task_category=0.1'}",
        )
    return expression
