"""The roles that judge text: cleaners rewrite an instruction, filters turn a record down with a reason."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import msgspec

Stage = Literal["instruction", "response"]


class Reject(msgspec.Struct, frozen=True):
    """What a cleaner returns instead of text when nothing is left to keep."""

    reason: str


class Draft(msgspec.Struct, kw_only=True):
    """What a filter sees: a record in the making. ``response`` is None at the instruction stage."""

    index: int
    instruction: str
    response: str | None = None
    system: str | None = None
    finish_reason: str = "stop"
    """Why the newest text ended: ``stop`` or ``length``."""
    columns: Mapping[str, Any] = {}
    """Columns the record has so far, such as ``control_language``: what it was steered to."""

    @property
    def text(self) -> str:
        """The newest text: the response when there is one, else the instruction."""
        return self.instruction if self.response is None else self.response


class Filter(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Turns a draft down with a reason, or keeps it. Fields are its options in a recipe.

    The same draft must always get the same answer: order and timing are not a filter's business::

        class ShoutingFilter(Filter):
            name = "shouting"
            stages = ("instruction",)
            most: float = 0.5

            def reject(self, draft):
                upper = sum(map(str.isupper, draft.text))
                return "shouting" if upper > self.most * len(draft.text) else None
    """

    name: ClassVar[str]
    stages: ClassVar[tuple[Stage, ...]] = ("instruction",)
    default: ClassVar[bool] = True
    """Whether a run uses it unless told otherwise."""
    follow_ups: ClassVar[bool] = True
    """Whether its instruction stage judges a user's later turns too, which lean on what was said."""

    @abstractmethod
    def reject(self, draft: Draft) -> str | None:
        """Return a short reason in snake_case, or None to keep the draft."""
        raise NotImplementedError


class Cleaner(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Rewrites a sampled instruction before the filters see it. Idempotent."""

    name: ClassVar[str]
    default: ClassVar[bool] = False
    """Whether a run uses it for every family; a family names the others it needs."""

    @abstractmethod
    def clean(self, text: str) -> str | Reject:
        """Return the cleaned text, or ``Reject`` when nothing is left."""
        raise NotImplementedError
