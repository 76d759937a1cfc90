"""The steps of a selection over a loaded table, and their funnel. Knows no file.

Every step turns one table of rows into the next, ``stage_0``, ``stage_1`` …: the record's place in the
source (``pos``), its id, its rank (``score``) and its groups. Chance is a digest of the seed and the
record's id, so it does not depend on where a record stands or what else is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from magpie_core.choices import nearest
from magpie_core.errors import UsageError
from magpie_core.selection.expression import Expression, Name, Node, Parser
from magpie_core.selection.funnel import Funnel, Stage
from magpie_core.selection.planning import Plan
from magpie_core.selection.shares import capped, even, proportional
from magpie_core.selection.summaries import with_summaries
from magpie_core.selection.table import Table

if TYPE_CHECKING:
    from magpie_core.selection.diverse import Diverse

REWARD: Name = ("instruct_reward",)
MOST_LISTED = 20
"""Values that an error names."""


def choose(
    table: Table, parser: Parser, made: Plan, diverse: Diverse | None = None
) -> tuple[str, Funnel]:
    """Carry it out.

    Args:
        table: loaded.
        parser: of its expressions.
        made: what to do.
        diverse: needed where the request says so.

    Returns:
        The name of the table with the chosen rows, in the source's order, and the funnel.

    Raises:
        UsageError: a column that is not there, an expression that cannot be computed, quotas that
            cannot be met.
    """
    return _Choice(table, parser, made, diverse).carry_out()


class _Choice:
    def __init__(self, table: Table, parser: Parser, made: Plan, diverse: Diverse | None) -> None:
        self.table = table
        self.diverse = diverse
        self.parser = parser
        self.made = made
        self.request = made.request
        self.stages: list[Stage] = []
        self.name = "stage_0"
        self.summaries: dict[str, float | None] = {}
        self.reward = self._reward()

    def carry_out(self) -> tuple[str, Funnel]:
        self._conditions()
        passed = self._correlation()
        if self.request.diverse is not None:
            self._diverse(self.request.diverse)
        elif self.request.top is not None:
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

    def _diverse(self, distance: float) -> None:
        """Remove rows near to better ones, and what is left beyond ``top``: one walk, that ends there."""
        assert self.diverse is not None
        by, n = self.request.by, self.request.top
        rank = "score DESC, pos" if by else "pos"
        ranked = "WHERE score IS NOT NULL" if by else ""
        before = self._count()
        order = self.table.numbers(f"SELECT pos FROM {self.name} {ranked} ORDER BY {rank}")
        kept, looked_at = self.diverse.pick(order, n)
        self.table.keep("picked", kept)
        self._replace(f"SELECT * FROM {self.name} SEMI JOIN picked USING (pos)", "diverse")
        unranked = before - len(order)
        left = len(kept) if n is None else before - (looked_at - len(kept))
        self.stages.append(
            Stage(
                step="diverse",
                condition=f"{distance:g} from any better one, {looked_at:,} looked at "
                f"({self.diverse.said})",
                before=before,
                kept=left,
                unknown=unranked if n is None else 0,
            )
        )
        if n is not None:
            highest = f"{n:,} highest by {by}"
            self.stages.append(
                Stage(step="top", condition=highest, before=left, kept=len(kept), unknown=unranked)
            )

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
        take = self._takes({row[:-1]: row[-1] for row in rows})
        types = ", ".join([*(f"{key} VARCHAR" for key in keys), "take BIGINT"])
        self.table.query(f"CREATE TABLE takes ({types})")
        marks = ", ".join("?" * (len(keys) + 1))
        for group, count in take.items():
            self.table.database.execute(f"INSERT INTO takes VALUES ({marks})", [*group, count])
        same = " AND ".join(f"ranked.{key} IS NOT DISTINCT FROM takes.{key}" for key in keys)
        least = "the smallest has" if not self.request.weights else "there can be"
        each = f"{self.request.n:,} in all" if self.request.n else f"as many as {least}"
        weights = ", ".join(f"{one} {weight:g}" for one, weight in self.request.weights.items())
        evenly = f"{weights} of" if weights else "evenly over"
        self._next(
            f"SELECT ranked.* EXCLUDE (place) FROM (SELECT *, row_number() OVER (PARTITION BY {listed} "
            f"ORDER BY {self._rank('balance')}) AS place FROM {self.name}) AS ranked "
            f"JOIN takes ON {same} WHERE place <= take",
            "balance",
            f"{evenly} {', '.join(self.request.balance)}: {each}",
        )
        self.table.query("DROP TABLE takes")

    def _takes(self, sizes: dict[tuple[str | None, ...], int]) -> dict[tuple[str | None, ...], int]:
        """How many rows of each group.

        Raises:
            UsageError: a value with a weight that no row has.
        """
        weights = self.request.weights
        if not weights:
            return even(sizes, self.request.n)
        there = [str(value) for (value,) in sizes if value is not None]
        for value in weights:
            if value not in there:
                near = nearest(value, there)
                raise UsageError(
                    f"no record that is left has `{value}` as `{self.request.balance[0]}` "
                    f"(there are: {', '.join(there[:MOST_LISTED]) or 'none'})",
                    hint=f"did you mean `{near[0]}`?" if near else "leave it out",
                )
        return proportional(
            sizes, {(value,): weight for value, weight in weights.items()}, self.request.n
        )

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
        before = self._count()
        self._replace(sql, step)
        self.stages.append(
            Stage(
                step=step, condition=condition, before=before, kept=self._count(), unknown=unknown
            )
        )

    def _replace(self, sql: str, step: str) -> None:
        old, self.name = self.name, f"stage_{len(self.stages) + 1}_{step}"
        self.table.query(f"CREATE TABLE {self.name} AS {sql}")
        self.table.query(f"DROP TABLE {old}")

    def _count(self, where: str = "") -> int:
        return int(self.table.query(f"SELECT count(*) FROM {self.name} {where}")[0][0])

    def _sql(self, expression: Expression) -> str:
        bound = self.table.bound(expression.node)
        return self.parser.sql(with_summaries(bound, self._summary))

    def _summary(self, node: Node) -> float | None:
        """The number that an aggregate over all records gives, whatever the conditions are."""
        sql = self.parser.sql(node)
        if sql not in self.summaries:
            found = self.table.query(f"SELECT ({sql})::DOUBLE FROM joined")[0][0]
            self.summaries[sql] = found
            value = "no number" if found is None else f"{found:.6g}"
            self.table.note(f"{sql} over all {self.table.rows:,} records: {value}")
        return self.summaries[sql]

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
