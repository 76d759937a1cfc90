"""Which columns there are, and which one a name means. Knows no SQL beyond their names."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from magpie_core.choices import nearest
from magpie_core.errors import UsageError
from magpie_core.selection.expression import SIZED, Name
from magpie_core.selection.scales import Scale

OWN = "row"
"""What the records' own columns are called by, where a name is in a set too: ``row.difficulty``."""
ALIASES = {"conversation_id": "id", "min_similar_conversation_id": "min_similar_uuid"}
"""Published names, and what to take where there is no such column; some published sets say ``uuid``."""
BY_MEANING = (
    "min_neighbor_distance",
    "repeat_count",
    "min_similar_conversation_id",
    "duplicate_group",
    "duplicate_keep",
)
BY_WORDS = ("text_distance", "text_repeat_count", "text_first_id", "text_group", "text_keep")
"""Columns of `magpie dedup`, and of its ``--minhash``."""
_LISTED = 12


@dataclass
class Column:
    """One column that can be asked for."""

    name: str
    owner: str
    """``tags/quality``, or ``OWN``."""
    sql: str = ""
    """Its name in the table; empty when it was not loaded."""
    kind: str = "null"
    """What it holds, see ``kinds``."""
    scale: Scale | None = None
    """The labels it was brought to."""
    unknown: dict[str, int] = field(default_factory=dict)
    """Labels that are none of the scale's, with how many rows have them."""


class Catalog:
    """The columns of one source."""

    def __init__(
        self,
        source: Path,
        columns: Sequence[Column],
        *,
        prefer: Sequence[str] = (),
        makers: Mapping[str, str] | None = None,
    ) -> None:
        """Take the columns as they are.

        Args:
            source: for the commands in hints.
            columns: all of them; no owner has one name twice.
            prefer: sets that win where a name stands in several places.
            makers: taggers by the column they add.

        Raises:
            UsageError: ``prefer`` names no set.
        """
        self.columns = list(columns)
        self._source = source
        self._makers = dict(makers or {})
        owners = list(dict.fromkeys(one.owner for one in self.columns))
        self._prefer = [_owner(one, owners, "--prefer") for one in prefer]

    def find(self, name: Name) -> Column:
        """The column that ``name`` means; case does not count where it decides nothing.

        Raises:
            UsageError: there is none, or several.
        """
        found = self._named(name)
        if not found and len(name) == 1 and name[0].lower() in ALIASES:
            found = self._named((ALIASES[name[0].lower()],))
        if len(found) > 1:
            by_owner = {one.owner: one for one in found}
            preferred = next((by_owner[one] for one in self._prefer if one in by_owner), None)
            found = [preferred] if preferred else found
        if len(found) > 1:
            raise self._ambiguous(name, found)
        if not found:
            raise self._missing(name)
        return found[0]

    def _named(self, name: Name) -> list[Column]:
        columns = self.columns
        if len(name) > 1:
            owners = list(dict.fromkeys(one.owner for one in columns))
            owner = ".".join(name[:-1])
            columns = [one for one in columns if one.owner in _owners_called(owner, owners)]
        exact = [one for one in columns if one.name == name[-1]]
        return exact or [one for one in columns if one.name.lower() == name[-1].lower()]

    def _ambiguous(self, name: Name, found: Sequence[Column]) -> UsageError:
        owners = [one.owner for one in found]
        ways = " or ".join(f"`{_short(one, owners)}.{found[0].name}`" for one in owners)
        return UsageError(
            f"the column `{'.'.join(name)}` is in {' and in '.join(f'`{one}`' for one in owners)}",
            hint=f"say which: {ways}, or --prefer {_short(owners[-1], owners)}",
        )

    def _missing(self, name: Name) -> UsageError:
        every = sorted({one.name for one in self.columns if one.name not in SIZED.values()})
        wanted = ".".join(name)
        lower = {one.lower(): one for one in every}
        near = [lower[one] for one in nearest(name[-1].lower(), lower)]
        made = self._made_by(name[-1].lower())
        if made is None and len(name) == 1:
            # One that a step would add may be far more like it than any that is there.
            could = (*lower, *BY_MEANING, *BY_WORDS, *self._makers)
            meant = [one for one in nearest(name[0].lower(), could) if one not in lower]
            if meant:
                near, made = meant, self._made_by(meant[0])
        shown = ", ".join(every[:_LISTED]) + (
            f" and {len(every) - _LISTED} more" if every[_LISTED:] else ""
        )
        if len(name) == 1:
            message = f"there is no column `{wanted}` in `{self._source}` (there are: {shown})"
        else:
            owners = ", ".join(dict.fromkeys(one.owner for one in self.columns))
            message = f"there is no column `{wanted}` in `{self._source}` (sets: {owners})"
        likely = "did you mean " + " or ".join(f"`{one}`" for one in near) + "?" if near else None
        if likely and made:
            return UsageError(message, hint=f"{likely} Or add it: {made}")
        return UsageError(message, hint=likely or (made and f"add it: {made}") or None)

    def _made_by(self, column: str) -> str | None:
        source = shlex.quote(str(self._source))
        if column in BY_MEANING:
            return f"magpie dedup {source}"
        if column in BY_WORDS:
            return f"magpie dedup {source} --minhash"
        tagger = self._makers.get(column)
        return f"magpie tag {source} {tagger}" if tagger else None


def makers_of(taggers: Mapping[str, type]) -> dict[str, str]:
    """The tagger that adds each column, by column."""
    return {
        column: name
        for name, kind in sorted(taggers.items(), reverse=True)
        for column in getattr(kind, "schema", {}).get("properties", {})
    }


def _owner(typed: str, owners: Sequence[str], option: str) -> str:
    found = _owners_called(typed, owners)
    if len(found) != 1:
        raise UsageError(
            f"{option} `{typed}` names {'no set' if not found else 'several sets'} of columns "
            f"(there are: {', '.join(owners)})",
            hint=f"{option} {owners[-1]}",
        )
    return found[0]


def _owners_called(typed: str, owners: Iterable[str]) -> list[str]:
    return [one for one in owners if typed.lower() in (one.lower(), one.rpartition("/")[2].lower())]


def _short(owner: str, owners: Sequence[str]) -> str:
    """The last part of ``owner`` where it says which one is meant."""
    last = owner.rpartition("/")[2]
    return last if len(_owners_called(last, owners)) == 1 else f'"{owner}"'
