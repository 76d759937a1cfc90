"""What decides the part of a record: a column's value, its near-duplicates, or its own id."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from magpie_core.dataset.columns import current_folders, read_added
from magpie_core.dataset.ids import IdSet
from magpie_core.dataset.source import Source
from magpie_core.errors import UsageError
from magpie_core.record import Record

NEIGHBOURS = "neighbours/"
GROUPS = ("duplicate_group", "text_group")
"""Columns of a set of neighbours: the same for all rows that are connected by near-duplicates."""


class Keys:
    """Gives each record its key. Made by ``keys_of``; counts what it sees until ``check_found``.

    Args:
        by: the column that decides, if any.
        added: its values by id, where a step added it.
        groups: the groups of near-duplicates of each id, as ``NAME<NUL>GROUP``; only those of two or more.
    """

    def __init__(
        self, by: str | None, added: Mapping[str, Any], groups: Mapping[str, list[str]]
    ) -> None:
        self.together = 0
        """Records so far that share their key with an earlier one."""
        self.without = 0
        """Records so far without a value in the column."""
        self._by = by
        self._added = added
        self._first = _Components(groups)
        self._seen: set[str] = set()
        self._columns: set[str] = set()
        self._counting = True

    def of(self, record: Record) -> str:
        """The key: records with the same one stay together."""
        if self._by is None:
            shared = self._first.of(record.id)
        else:
            value = self._added.get(record.id, record.extra.get(self._by))
            shared = None if value is None else f"={_text(value)}"
            self._count_without(record, value is None)
        if self._counting and shared is not None:
            self.together += shared in self._seen
            self._seen.add(shared)
        return record.id if shared is None else shared

    def check_found(self) -> None:
        """End the counting.

        Raises:
            UsageError: no record has a value in the column.
        """
        self._counting = False
        if self._by is None or self._seen:
            return
        known = sorted(self._columns)
        near = difflib.get_close_matches(self._by, known, n=1)
        raise UsageError(
            f"no record has a column `{self._by}` (there are: {', '.join(known) or 'none'})",
            hint=f"did you mean `{near[0]}`?" if near else "leave --by out: the id decides",
        )

    def _count_without(self, record: Record, missing: bool) -> None:
        if self._counting:
            self.without += missing
            self._columns.update(record.extra)


def keys_of(source: Source, by: str | None) -> Keys:
    """The keys of ``source``'s records. What steps added is read here, the records are not.

    Raises:
        UsageError: two sets of columns have the column ``by``, or one is of a file that was changed since.
    """
    folders = current_folders(source)
    if by is None:
        return Keys(None, {}, _groups(folders))
    keys = Keys(by, _values(folders, by), {})
    for folder in folders.values():
        first = next(read_added(folder), None)
        keys._columns.update(first.columns if first else ())
    return keys


def _values(folders: Mapping[str, Path], by: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    found: list[str] = []
    for name, folder in folders.items():
        before = len(found)
        for one in read_added(folder):
            if by in one.columns:
                values[one.id] = one.columns[by]
                if len(found) == before:
                    found.append(name)
    if len(found) > 1:
        raise UsageError(
            f"the column `{by}` is in {' and in '.join(found)}",
            hint="move one of the two folders away, or choose another column",
        )
    return values


def _groups(folders: Mapping[str, Path]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, folder in folders.items():
        if not name.startswith(NEIGHBOURS):
            continue
        once, several = IdSet(), set[str]()
        several.update(group for _, group in _grouped(name, folder) if not once.add(group))
        for id, group in _grouped(name, folder):
            if group in several:
                groups.setdefault(id, []).append(group)
    return groups


def _grouped(name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Each id with its group; read twice, since most are alone in theirs and need not be held."""
    for one in read_added(folder):
        for column in GROUPS:
            if (group := one.columns.get(column)) is not None:
                yield one.id, f"{name}\0{_text(group)}"


class _Components:
    """Ids connected by groups; each is named by the first of them that was asked for.

    Records come in their order, so the name is the lowest one, which records added later do not change.
    """

    def __init__(self, groups: Mapping[str, list[str]]) -> None:
        self._groups = groups
        self._parents: dict[str, str] = {}
        self._names: dict[str, str] = {}
        for several in groups.values():
            for other in several[1:]:
                self._parents[self._root(other)] = self._root(several[0])

    def of(self, id: str) -> str | None:
        """The component's name; None for an id that is connected to none."""
        own = self._groups.get(id)
        return None if own is None else self._names.setdefault(self._root(own[0]), id)

    def _root(self, group: str) -> str:
        while (parent := self._parents.get(group, group)) != group:
            group = parent
        return group


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
