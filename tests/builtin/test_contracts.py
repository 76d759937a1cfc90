"""The contracts catch what they promise to catch."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import ClassVar

import pytest

from magpie_core import Cleaner, Draft, Filter, Reject
from magpie_core.testing.contracts.cleaner import CleanerContract
from magpie_core.testing.contracts.filter import FilterContract


class FickleFilter(Filter):
    name: ClassVar[str] = "fickle"
    turn: ClassVar[Iterator[int]] = itertools.count()

    def reject(self, draft: Draft) -> str | None:
        return "Too Bad" if next(self.turn) % 2 else None


class ChoppingCleaner(Cleaner):
    name: ClassVar[str] = "chopping"

    def clean(self, text: str) -> str | Reject:
        return text[:-1]


class Fickle(FilterContract):
    filter = FickleFilter
    rejects: ClassVar[dict[str, str]] = {"a": "Too Bad"}


class Chopping(CleanerContract):
    cleaner = ChoppingCleaner
    cleans: ClassVar[dict[str, str | None]] = {"abc": "ab"}


@pytest.mark.parametrize(
    "check",
    [
        "test_gives_reasons_in_snake_case",
        "test_is_registered_and_alone_with_its_name",
        "test_keeps_legitimate_instructions",
        "test_says_the_same_again",
    ],
)
def test_a_bad_filter_is_caught(check: str) -> None:
    with pytest.raises(AssertionError):
        getattr(Fickle(), check)()


@pytest.mark.parametrize(
    "check",
    [
        "test_is_idempotent",
        "test_is_registered_and_alone_with_its_name",
        "test_leaves_legitimate_instructions_alone",
    ],
)
def test_a_bad_cleaner_is_caught(check: str) -> None:
    with pytest.raises(AssertionError):
        getattr(Chopping(), check)()


def test_checks_are_not_replaced_in_silence() -> None:
    def easier(self: object) -> None: ...

    with pytest.raises(TypeError, match="xfail"):
        type("Easy", (FilterContract,), {"test_is_named_in_snake_case": easier})
    excused = pytest.mark.xfail(reason="known")(easier)
    type("Honest", (FilterContract,), {"test_is_named_in_snake_case": excused})
