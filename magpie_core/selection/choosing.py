"""The steps of a selection over a loaded table, and their funnel. Knows no file.

Every step turns one table of rows into the next, ``stage_0``, ``stage_1`` …: the record's place in the
source (``pos``), its id, its rank (``score``) and its groups. Chance is a digest of the seed and the
record's id, so it does not depend on where a record stands or what else is there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from magpie_core.errors import UsageError
from magpie_core.selection.expression import SIZED, Expression, Name, Parser, with_sizes
from magpie_core.selection.funnel import Funnel, Stage
from magpie_core.selection.request import Request
from magpie_core.selection.shares import capped, even
from magpie_core.selection.table import Table

REWARD: Name = ("instruct_reward",)


@dataclass
class Plan:
    """A request, parsed."""

    request: Request
    conditions: list[Expression]
    by: Expression | None
    groups: list[Expression]
    names: set[Name] = field(default_factory=set)
    """Columns to load."""


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
    return Plan(request, conditions, by, groups, {*names, REWARD})


def choose(table: Table, parser: Parser, made: Plan) -> tuple[str, Funnel]:
    """Carry it out.

    Returns:
        The name of the table with the chosen rows, in the source's order, and the funnel.

    Raises:
        UsageError: a column that is not there, an expression that cannot be computed, quotas that
            cannot be met.
    """
    return _Choice(table, parser, made).carry_out()


class _Choice:
    def __init__(self, table: Table, parser: Parser, made: Plan) -> None:
        self.table = table
        self.parser = parser
        self.made = made
        self.request = made.request
        self.stages: list[Stage] = []
        self.name = "stage_0"
        self.reward = self._reward()

    def carry_out(self) -> tuple[str, Funnel]:
        self._conditions()
        passed = self._correlation()
        if self.request.top is not None:
            self._top(self.request.top)
        elif self.request.balance:
            self._balance()
        elif self.request.quota:
            self._quota()
        if self.request.sample is not None:
            self._sample(self.request.sample)
        selected = self._correlation()
        return self.name, Funnel(
            read=self.table.rows,
            damaged=self.table.source.damaged,
            stages=self.stages,
            correlation={} if self.reward is None else {"passed": passed, "selected": selected},
        )

    def _conditions(self) -> None:
        conditions = [self._sql(one) for one in self.made.conditions]
        # The number of the first condition that fails, doubled; one more where it has no answer.
        failed = "0"
        if conditions:
            whens = " ".join(
                f"WHEN ({sql}) IS NULL THEN {2 * at + 1} WHEN NOT ({sql}) THEN {2 * at}"
                for at, sql in enumerate(conditions, 1)
            )
            failed = f"CASE {whens} ELSE 0 END"
        columns = {"score": self._score(), "reward": self.reward or "NULL::DOUBLE"}
        columns |= {
            f"group_{at}": f"({self._sql(one)})::VARCHAR" for at, one in enumerate(self.made.groups)
        }
        # A value that cannot be computed must not matter where the record is out already.
        rest = ", ".join(
            f"CASE WHEN failed = 0 THEN {sql} END AS {name}" for name, sql in columns.items()
        )
        self.table.query(
            f"CREATE TABLE judged AS SELECT pos, id, size_0, failed, {rest} "
            f"FROM (SELECT *, ({failed})::INTEGER AS failed FROM joined)"
        )
        removed = dict(self.table.query("SELECT failed, count(*) FROM judged GROUP BY 1"))
        before = self.table.rows
        for at, condition in enumerate(self.made.conditions, 1):
            unknown = removed.get(2 * at + 1, 0)
            kept = before - removed.get(2 * at, 0) - unknown
            self.stages.append(
                Stage(
                    step="where",
                    condition=condition.text,
                    before=before,
                    kept=kept,
                    unknown=unknown,
                )
            )
            before = kept
        self.table.query(
            "CREATE TABLE stage_0 AS SELECT * EXCLUDE (failed) FROM judged WHERE failed = 0"
        )
        self.table.query("DROP TABLE judged")

    def _top(self, n: int) -> None:
        unknown = self._count("WHERE score IS NULL")
        self._next(
            f"SELECT * FROM {self.name} WHERE score IS NOT NULL ORDER BY score DESC, pos LIMIT {n}",
            "top",
            f"{n:,} highest by {self.request.by}",
            unknown=unknown,
        )

    def _balance(self) -> None:
        keys = [f"group_{at}" for at in range(len(self.made.groups))]
        listed = ", ".join(keys)
        rows = self.table.query(
            f"SELECT {listed}, count(*) FROM {self.name} GROUP BY ALL ORDER BY {listed}"
        )
        take = even({row[:-1]: row[-1] for row in rows}, self.request.n)
        types = ", ".join([*(f"{key} VARCHAR" for key in keys), "take BIGINT"])
        self.table.query(f"CREATE TABLE takes ({types})")
        marks = ", ".join("?" * (len(keys) + 1))
        for group, count in take.items():
            self.table.database.execute(f"INSERT INTO takes VALUES ({marks})", [*group, count])
        same = " AND ".join(f"ranked.{key} IS NOT DISTINCT FROM takes.{key}" for key in keys)
        each = f"{self.request.n:,} in all" if self.request.n else "as many as the smallest has"
        self._next(
            f"SELECT ranked.* EXCLUDE (place) FROM (SELECT *, row_number() OVER (PARTITION BY {listed} "
            f"ORDER BY {self._rank('balance')}) AS place FROM {self.name}) AS ranked "
            f"JOIN takes ON {same} WHERE place <= take",
            "balance",
            f"evenly over {', '.join(self.request.balance)}: {each}",
        )
        self.table.query("DROP TABLE takes")

    def _quota(self) -> None:
        keys = [f"dense_rank() OVER (ORDER BY group_{at})" for at in range(len(self.made.groups))]
        rows = self.table.query(
            f"SELECT pos, {', '.join(keys)} FROM {self.name} ORDER BY {self._rank('quota')}"
        )
        columns = list(zip(*rows, strict=True)) or [()] * (len(keys) + 1)
        taken = capped(columns[1:], list(self.request.quota.values()), self.request.n)
        positions = columns[0]
        self.table.keep("taken", [positions[at] for at in taken])
        shares = ", ".join(
            f"{name} at most {share:.4g}" for name, share in self.request.quota.items()
        )
        most = f"{self.request.n:,} with " if self.request.n else ""
        self._next(f"SELECT * FROM {self.name} SEMI JOIN taken USING (pos)", "quota", most + shares)

    def _sample(self, n: int) -> None:
        self._next(
            f"SELECT * FROM {self.name} ORDER BY {self._dice('sample')}, pos LIMIT {n}",
            "sample",
            f"{n:,} at random, seed {self.request.seed}",
        )

    def _next(self, sql: str, step: str, condition: str, unknown: int = 0) -> None:
        before, old = self._count(), self.name
        self.name = f"stage_{len(self.stages) + 1}_{step}"
        self.table.query(f"CREATE TABLE {self.name} AS {sql}")
        self.table.query(f"DROP TABLE {old}")
        self.stages.append(
            Stage(
                step=step, condition=condition, before=before, kept=self._count(), unknown=unknown
            )
        )

    def _count(self, where: str = "") -> int:
        return int(self.table.query(f"SELECT count(*) FROM {self.name} {where}")[0][0])

    def _sql(self, expression: Expression) -> str:
        return self.parser.sql(self.table.bound(expression.node))

    def _score(self) -> str:
        """The rank of a row; what is not a number has none."""
        if self.made.by is None:
            return "NULL::DOUBLE"
        sql = self._sql(self.made.by)
        kind = self.table.query(f"SELECT typeof(({sql})) FROM joined LIMIT 1")[0][0]
        return f"nullif(({sql}), 'nan'::{kind})" if kind in ("DOUBLE", "FLOAT") else f"({sql})"

    def _rank(self, salt: str) -> str:
        return f"score DESC NULLS LAST, {'pos' if self.made.by else self._dice(salt) + ', pos'}"

    def _dice(self, salt: str) -> str:
        return dice(salt, self.request.seed)

    def _reward(self) -> str | None:
        """The reward as SQL, where the source has one that is a number."""
        try:
            column = self.table.column(REWARD)
        except UsageError:
            return None
        return f"{column.sql}::DOUBLE" if column.kind in ("int", "float") else None

    def _correlation(self) -> float | None:
        if self.reward is None:
            return None
        sql = (
            "SELECT CASE WHEN stddev_pop(size_0) > 0 AND stddev_pop(reward) > 0 "
            "THEN corr(size_0, reward) END "
            f"FROM {self.name} WHERE reward IS NOT NULL AND isfinite(reward)"
        )
        found = self.table.query(sql)[0][0]
        return None if found is None else round(float(found), 4)


def dice(salt: str, seed: int) -> str:
    """A number that looks random, from the id of a row, as SQL text."""
    return f"md5('{salt}:{seed}:' || id)"


def _only_a_name(expression: Expression, option: str) -> Expression:
    if expression.node.get("class") != "COLUMN_REF":
        raise UsageError(
            f"{option} takes the names of columns, not `{expression.text}`",
            hint=f"{option} {'task_category,difficulty' if option == '--balance' else 'task_category=0.1'}",
        )
    return expression
