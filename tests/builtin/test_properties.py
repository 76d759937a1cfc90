"""What holds for every built-in filter and any text."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core import Draft
from magpie_core.builtin import filters as builtin
from magpie_core.builtin.filters.length import LengthFilter
from magpie_core.filters import Cleaner, Filter
from magpie_core.plugins import load_plugins
from magpie_core.testing.texts import LEGITIMATE_INSTRUCTIONS

OFFERED = builtin.magpie_register_filters()
FILTERS = [one for one in OFFERED if issubclass(one, Filter)]
ANY_TEXT = st.text(st.characters(codec=None))


def test_all_come_through_the_hook_and_are_on() -> None:
    plugins = load_plugins()
    found = {**plugins.filters(), **plugins.cleaners()}
    assert all(found[one.name] is one and one.default for one in OFFERED)
    assert [one.name for one in OFFERED if issubclass(one, Cleaner)] == [
        "next_turn",
        "trim",
    ]


def test_the_table_in_the_docstring_names_each() -> None:
    assert all(f"``{one.name}``" in str(builtin.__doc__) for one in OFFERED)


def test_legitimate_instructions_are_many_and_different() -> None:
    assert len(set(LEGITIMATE_INSTRUCTIONS)) == len(LEGITIMATE_INSTRUCTIONS) >= 40


@pytest.mark.parametrize("one", FILTERS, ids=lambda one: one.name)
@settings(deadline=None)
@given(text=ANY_TEXT)
def test_any_text_gets_a_reason_from_the_table_or_none(one: type[Filter], text: str) -> None:
    for draft in (Draft(index=0, instruction=text), Draft(index=0, instruction="x", response=text)):
        reason = one().reject(draft)
        assert reason is None or f"``{reason}``" in str(builtin.__doc__)
        assert reason == one().reject(draft)


@pytest.mark.parametrize(
    "option", [{"shortest": -1}, {"longest": 3}, {"shortest": 10, "longest": 9}]
)
def test_lengths_have_bounds(option: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(option, LengthFilter)


@settings(deadline=None)
@given(st.text(min_size=4, max_size=8000))
def test_length_keeps_what_is_within(text: str) -> None:
    if len(text.strip()) >= 4:
        assert LengthFilter().reject(Draft(index=0, instruction=text)) is None
