"""A selection from request to records: what the command line and a script both call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self

from magpie_core.dataset.source import Source
from magpie_core.errors import UsageError
from magpie_core.record import Record
from magpie_core.selection.choosing import REWARD, choose, dice
from magpie_core.selection.database import parser_for
from magpie_core.selection.diverse import Diverse
from magpie_core.selection.early import check_names
from magpie_core.selection.funnel import Funnel
from magpie_core.selection.loading import Progress
from magpie_core.selection.planning import plan
from magpie_core.selection.request import Request
from magpie_core.selection.shuffled import in_order_of
from magpie_core.selection.store import read_asked, read_ids
from magpie_core.selection.table import Table


class Selection:
    """Records chosen from a source; a context manager that frees what it holds."""

    def __init__(self, table: Table, chosen: str, funnel: Funnel, request: Request) -> None:
        self._table = table
        self._chosen = chosen
        self.funnel = funnel
        self.request = request

    @property
    def notes(self) -> list[str]:
        """What a user should know of the columns."""
        return self._table.notes

    def ids(self) -> Iterator[str]:
        """Their ids, in the order they are written in."""
        return (
            one
            for (one,) in self._table.stream(
                f"SELECT id FROM {self._chosen} ORDER BY {self._order}"
            )
        )

    def records(self) -> Iterator[Record]:
        """The records with the columns of every set, in the order they are written in."""
        records = self._table.records(self._chosen)
        if not self.request.shuffle:
            return records
        places = self._table.stream(
            f"SELECT row_number() OVER (ORDER BY pos) - 1 AS place FROM {self._chosen} ORDER BY {self._order}"
        )
        return in_order_of(records, (one for (one,) in places))

    def close(self) -> None:
        """Free the temporary database; twice is once."""
        self._table.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _order(self) -> str:
        return f"{dice('shuffle', self.request.seed)}, pos" if self.request.shuffle else "pos"


def select(
    source: Source,
    request: Request,
    *,
    keep: bool = True,
    makers: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    diverse: Diverse | None = None,
) -> Selection:
    """Choose records.

    Args:
        source: where from; nothing is written to it.
        request: what to choose.
        keep: whether the records will be read from the selection, and not only its funnel and ids.
        makers: taggers by the column they add, for hints.
        progress: told how far it is.
        diverse: what picks, where ``request`` says ``diverse``.

    Raises:
        UsageError: an option or an expression that cannot be used, a column that is not there, a source
            without records.
        MissingEngineError: DuckDB or pyarrow is not installed, or what embeds.
        StorageError: something cannot be read, or the temporary folder is full.
    """
    with parser_for() as parser:
        made = plan(request, parser)
        check_names(source, made.names, makers)
        if diverse is not None:
            diverse.check()
        table = Table(source, progress)
        try:
            table.load({*made.names, REWARD}, keep=keep, prefer=request.prefer, makers=makers)
            chosen, funnel = choose(table, parser, made, diverse)
        except BaseException:
            table.close()
            raise
    return Selection(table, chosen, funnel, request)


def selected(source: Source, name: str, progress: Progress | None = None) -> Selection:
    """A selection that was made before, by its name, in the order it was written in.

    Raises:
        UsageError: there is none of that name, or its records are no longer in the source.
    """
    table = Table(source, progress)
    try:
        ids = list(read_ids(source, name))
        table.load((), keep=True)
        chosen = table.keep_ids("chosen", ids)
        kept = int(table.query(f"SELECT count(*) FROM {chosen}")[0][0])
        if kept != len(ids):
            raise UsageError(
                f"{len(ids) - kept:,} of the {len(ids):,} records of `{name}` are not in `{source.path}`",
                hint="make the selection again: the same magpie select, with --overwrite",
            )
        asked = read_asked(source, name)
        order = Request(shuffle=asked.get("shuffle") is True, seed=int(asked.get("seed", 42)))
        return Selection(table, chosen, Funnel(read=table.rows), order)
    except BaseException:
        table.close()
        raise
