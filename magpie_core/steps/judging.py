"""Apply cleaners and filters to a draft; the first objection decides."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from magpie_core.errors import MagpieError, PluginError
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

    def instruction(self, draft: Draft, *, follow_up: bool = False) -> Objection | None:
        """Clean ``draft.instruction`` in place, then judge it.

        Args:
            draft: without a response.
            follow_up: it is a later turn; filters that say nothing of these are not asked.
        """
        for cleaner in self.cleaners:
            try:
                cleaned = cleaner.clean(draft.instruction)
            except MagpieError:
                raise
            except Exception as error:
                raise _named(error, "cleaner", cleaner) from error
            if isinstance(cleaned, Reject):
                return Objection(_reason(cleaned.reason, cleaner), cleaner.name)
            if not isinstance(cleaned, str):
                raise PluginError(f"cleaner `{cleaner.name}` returned {cleaned!r}, not text")
            draft.instruction = cleaned
        return self._filter("instruction", draft, follow_up=follow_up)

    def response(self, draft: Draft) -> Objection | None:
        """Judge ``draft.response``."""
        return self._filter("response", draft)

    def _filter(self, stage: Stage, draft: Draft, *, follow_up: bool = False) -> Objection | None:
        for one in self.filters:
            if follow_up and not one.follow_ups:
                continue
            if stage not in one.stages:
                continue
            try:
                reason = one.reject(draft)
            except MagpieError:
                raise
            except Exception as error:
                raise _named(error, "filter", one) from error
            if reason is not None:
                return Objection(_reason(reason, one), one.name)
        return None


def _named(error: Exception, role: str, judge: Cleaner | Filter) -> PluginError:
    """``error`` with the name of who raised it."""
    return PluginError(f"{role} `{judge.name}` raised {type(error).__name__}: {error}")


def _reason(reason: object, judge: Cleaner | Filter) -> str:
    """A reason goes to disk and into statistics, so a plugin's slip must not get that far."""
    if not isinstance(reason, str) or not reason:
        raise PluginError(f"`{judge.name}` gave {reason!r} as a reason, not a word")
    return reason
