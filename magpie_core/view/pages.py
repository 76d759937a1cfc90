"""Pages of records, counts beside values, and the records themselves by place. Remembers the last orders.

What passes a filter is put in order once, as an array of places of four bytes each; a page is a slice of it,
so the last page of a million rows costs what the first does. Hits of a search are kept as a table for the
filters that follow.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from magpie_core.errors import UsageError
from magpie_core.view.asked import Asked, Condition, column_conditions, order, search_condition
from magpie_core.view.index import Index
from magpie_core.view.marks import MARK, NOTE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAGE = 50
MOST = 200
"""Rows of a page."""
REMEMBERED = 8
"""Orders, and tables of hits, that are kept."""


class Pages:
    """Answers for one index; thread-safe."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._lock = threading.Lock()
        self._orders: OrderedDict[bytes, NDArray[np.int32]] = OrderedDict()
        self._hits: OrderedDict[str, str] = OrderedDict()
        self._tables = 0
        self._counts: OrderedDict[bytes, dict[str, Any]] = OrderedDict()

    def page(self, asked: Asked, start: int, size: int = PAGE) -> dict[str, Any]:
        """Rows from ``start`` on in the order asked for, and how many there are in all.

        Raises:
            UsageError: a column that is not there, or an expression that is none.
        """
        with self._lock:
            places = self._ordered(asked)
        start = max(0, start)
        wanted = [int(one) for one in places[start : start + min(size, MOST)]]
        return {"total": len(places), "start": start, "rows": self.heads(wanted, asked.sort)}

    def place_of(self, asked: Asked, n: int) -> int | None:
        """Where the record ``n`` stands in the order asked for; None where it is not in it."""
        with self._lock:
            places = self._ordered(asked)
        found = (places == n).nonzero()[0]
        return int(found[0]) if len(found) else None

    def heads(self, places: list[int], sort: str = "") -> list[dict[str, Any]]:
        """What a list shows of records, in the order of ``places``."""
        if not places:
            return []
        column = self.index.by_label.get(sort)
        shown = (
            "NULL" if column is None or column.sql in ("", MARK, NOTE) else f"{column.sql}::VARCHAR"
        )
        rows = self.index.query(
            f"SELECT n, id, own_0, head_0, head_1, size_0, {shown}, {MARK}, {NOTE} "
            "FROM row LEFT JOIN marks USING (n) "
            f"WHERE row.n IN ({', '.join(map(str, places))})"
        )
        names = ("n", "id", "index", "instruction", "response", "length", "value", "mark", "note")
        by_place = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
        return [by_place[one] for one in places if one in by_place]

    def counts(self, asked: Asked) -> dict[str, Any]:
        """How many of the rows asked for have each value, by column; its own choice does not count there.

        Raises:
            UsageError: as ``page``.
        """
        with self._lock:
            key = asked.key()
            if key not in self._counts:
                self._counts[key] = self._counted(asked)
                _forget(self._counts)
            return self._counts[key]

    def forget_marks(self) -> None:
        """What was asked of marks may have another answer now."""
        with self._lock:
            self._counts.clear()
            for key in [one for one in self._orders if MARK.encode() in one]:
                del self._orders[key]

    def _counted(self, asked: Asked) -> dict[str, Any]:
        facets = [one["column"] for one in self.index.about["facets"] if one["kind"] == "labels"]
        chosen = [one for one in (*facets, MARK) if asked.labels.get(one)]
        found: dict[str, Any] = {}
        for name in chosen:
            found |= self._count_labels(asked, [name], but=name)
        return found | self._count_labels(
            asked, [one for one in (*facets, MARK) if one not in chosen]
        )

    def _count_labels(
        self, asked: Asked, names: list[str], but: str | None = None
    ) -> dict[str, Any]:
        """Rows by value of each column; one pass over the table for all of them."""
        if not names:
            return {}
        columns = [self.index.by_label[one].sql for one in names]
        tables, where, values = self._from(asked, but, extra=columns)
        parts = ", ".join(f"histogram(coalesce({one}::VARCHAR, chr(0)))" for one in columns)
        [row] = self.index.query(f"SELECT {parts} FROM {tables}{where}", values)
        return {
            name: [
                [None if value == "\0" else value, count] for value, count in (found or {}).items()
            ]
            for name, found in zip(names, row, strict=True)
        }

    def _ordered(self, asked: Asked) -> NDArray[np.int32]:
        key = asked.key()
        if key not in self._orders:
            self._orders[key] = self._in_order(asked)
            _forget(self._orders)
        self._orders.move_to_end(key)
        return self._orders[key]

    def _in_order(self, asked: Asked) -> NDArray[np.int32]:
        by = order(self.index, asked)
        tables, where, values = self._from(asked, extra=[by])
        sql = f"SELECT n::INTEGER AS n FROM {tables}{where} ORDER BY {by}"
        with self.index.asking() as cursor:
            found: NDArray[np.int32] = cursor.execute(sql, values).fetchnumpy()["n"]
        return found

    def _from(
        self, asked: Asked, but: str | None = None, extra: list[str] | None = None
    ) -> tuple[str, str, list[Any]]:
        """Tables, WHERE and its values."""
        conditions = column_conditions(self.index, asked, but=but)
        tables = self.index.tables(" ".join([*(one.sql for one in conditions), *(extra or [])]))
        found = search_condition(asked.search)
        if found is not None:
            tables += f" SEMI JOIN {self._hits_of(asked.search, found)} USING (n)"
        where = " AND ".join(one.sql for one in conditions)
        values = [value for one in conditions for value in one.values]
        return tables, f" WHERE {where}" if where else "", values

    def _hits_of(self, search: str, condition: Condition) -> str:
        """The table of the places where a search finds something."""
        if search not in self._hits:
            self._tables += 1
            name = f"hits_{self._tables}"
            self.index.query(
                f"CREATE TABLE {name} AS SELECT n FROM text WHERE {condition.sql}", condition.values
            )
            self._hits[search] = name
            for old in _forget(self._hits):
                self.index.query(f"DROP TABLE {old}")
        self._hits.move_to_end(search)
        return self._hits[search]


class Rejections:
    """What was turned down; thread-safe."""

    def __init__(self, index: Index) -> None:
        self.index = index

    def page(
        self, search: str, step: str | None, reason: str | None, start: int, size: int = PAGE
    ) -> dict[str, Any]:
        """Rejections from ``start`` on by index, and how many each step and reason has."""
        conditions, values = [], []
        for word in search.lower().split():
            conditions.append("(contains(lower(text), ?) OR contains(lower(instruction), ?))")
            values += [word, word]
        searched = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        reasons = self.index.query(
            f"SELECT step, reason, judge, count(*) FROM rejected{searched} GROUP BY ALL "
            "ORDER BY count(*) DESC, 1, 2, 3",
            values,
        )
        for name, value in (("step", step), ("reason", reason)):
            if value is not None:
                conditions.append(f"{name} = ?")
                values.append(value)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        total = self.index.query(f"SELECT count(*) FROM rejected{where}", values)[0][0]
        rows = self.index.query(
            f"SELECT n, place, step, reason, judge, text, instruction FROM rejected{where} "
            "ORDER BY n LIMIT ? OFFSET ?",
            [*values, min(size, MOST), max(0, start)],
        )
        names = ("n", "index", "step", "reason", "filter", "text", "instruction")
        return {
            "total": total,
            "start": start,
            "reasons": [list(one) for one in reasons],
            "rows": [dict(zip(names, one, strict=True)) for one in rows],
        }


def _forget(remembered: OrderedDict[Any, Any]) -> list[Any]:
    """Take away the oldest beyond ``REMEMBERED``."""
    gone = []
    while len(remembered) > REMEMBERED:
        gone.append(remembered.popitem(last=False)[1])
    return gone


def check_place(index: Index, n: int) -> None:
    """See that there is a record ``n``.

    Raises:
        UsageError: there is none.
    """
    if not 0 <= n < index.rows:
        raise UsageError(f"there is no record {n:,} (there are {index.rows:,}, from 0)")
