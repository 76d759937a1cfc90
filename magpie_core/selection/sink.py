"""A table in DuckDB that grows by batches of rows whose columns may show or widen late. Knows no record."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from magpie_core.selection.kinds import fitted, kind_of, sql_type, sql_widening, wider

if TYPE_CHECKING:
    from magpie_core.selection.database import Database

ROWS = 20_000
BYTES = 16 * 1024**2
"""A batch is handed over when it has so many rows, or so much text."""


class Sink:
    """Rows with fixed columns and some that are found on the way."""

    def __init__(self, database: Database, table: str, fixed: dict[str, str]) -> None:
        """Make the table.

        Args:
            database: where.
            table: its name.
            fixed: columns every row has, with their kinds.
        """
        self._database = database
        self.table = table
        self.rows = 0
        self.kinds = dict(fixed)
        """Kind of each column."""
        self._waiting: list[dict[str, Any]] = []
        self._size = 0
        columns = ", ".join(f"{name} {sql_type(kind)}" for name, kind in fixed.items())
        database.execute(f"CREATE TABLE {table} ({columns})")

    def add(self, row: dict[str, Any], size: int = 0) -> None:
        """Add one row: values by the names of columns; ``size`` is about how many bytes it holds."""
        self._waiting.append(row)
        self.rows += 1
        self._size += size
        if len(self._waiting) >= ROWS or self._size >= BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand over what waits."""
        if not self._waiting:
            return
        import pyarrow as pa

        arrays = {}
        for name in dict.fromkeys(chain(self.kinds, *self._waiting)):
            values = [row.get(name) for row in self._waiting]
            self._make(name)
            kind = kind_of(values, self.kinds[name])
            self._widen(name, kind)
            arrays[name] = pa.array(fitted(values, kind), type=_arrow(pa, kind))
        self._database.register("waiting", pa.table(arrays))
        names = ", ".join(arrays)
        self._database.execute(f"INSERT INTO {self.table} ({names}) SELECT {names} FROM waiting")
        self._database.unregister("waiting")
        self._waiting, self._size = [], 0

    def _make(self, name: str) -> None:
        if name not in self.kinds:
            self.kinds[name] = "null"
            self._database.execute(f"ALTER TABLE {self.table} ADD COLUMN {name} VARCHAR")

    def _widen(self, name: str, kind: str) -> None:
        old = self.kinds[name]
        if old == kind:
            return
        assert wider(old, kind) == kind
        self.kinds[name] = kind
        if sql_type(old) != sql_type(kind):
            how = name if sql_type(kind) != "VARCHAR" else sql_widening(name, old)
            new = sql_type(kind)
            self._database.execute(
                f"ALTER TABLE {self.table} ALTER COLUMN {name} TYPE {new} USING {how}::{new}"
            )


def _arrow(pa: Any, kind: str) -> Any:
    scalars = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64()}
    inner = kind.removeprefix("list ")
    scalar = scalars.get(inner, pa.string())
    return scalar if inner == kind else pa.list_(scalar)
