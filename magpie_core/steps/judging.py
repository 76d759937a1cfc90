"""Apply cleaners and filters to a draft; the first objection decides."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from magpie_core.filters import Cleaner, Draft, Filter, Reject, Stage


class Objection(msgspec.Struct, frozen=True):
    """Why a draft is turned down, and by whom."""

    reason: str
    by: str


class Judges:
    """The cleaners and filters in force, in order."""

    def __init__(self, cleaners: Sequence[Cleaner], filters: Sequence[Filter]) -> None:
        self.cleaners = tuple(cleaners)
        self.filters = tuple(filters)

    @property
    def all(self) -> tuple[Cleaner | Filter, ...]:
        """Cleaners, then filters."""
        return (*self.cleaners, *self.filters)

    def instruction(self, draft: Draft) -> Objection | None:
        """Clean ``draft.instruction`` in place, then judge it."""
        for cleaner in self.cleaners:
            cleaned = cleaner.clean(draft.instruction)
            if isinstance(cleaned, Reject):
                return Objection(cleaned.reason, cleaner.name)
            draft.instruction = cleaned
        return self._filter("instruction", draft)

    def response(self, draft: Draft) -> Objection | None:
        """Judge ``draft.response``."""
        return self._filter("response", draft)

    def _filter(self, stage: Stage, draft: Draft) -> Objection | None:
        for one in self.filters:
            if stage in one.stages and (reason := one.reject(draft)) is not None:
                return Objection(reason, one.name)
        return None
