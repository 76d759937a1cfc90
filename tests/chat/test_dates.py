"""Templates that write the date: which do, which take one, and how a day is fixed for all of them."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_core.chat.template import (
    date_variables,
    derive_from_tokenizer,
    honours_date_string,
    ignores_date,
    today,
    writes_date,
)
from magpie_core.testing import golden as goldens
from magpie_core.testing.toys import CHATML

PLAIN = CHATML
CLOCK = "Today: {{ strftime_now('%Y-%m-%d') }}\n" + CHATML
LLAMA = (
    "{% if not date_string is defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}"
    "Today Date: {{ date_string }}\n" + CHATML
)
CONSTANT = LLAMA.replace("strftime_now('%d %b %Y')", "'26 Jul 2024'")
UNUSED = "{% set date_string = strftime_now('%d %b %Y') %}" + CHATML
COUNTED = "{% set month = strftime_now('%m') | int %}{{ 'H1' if month < 7 else 'H2' }}\n" + CHATML


@pytest.mark.parametrize(
    ("template", "writes", "honours"),
    [
        (PLAIN, False, False),
        (CLOCK, True, False),
        (LLAMA, True, True),
        (CONSTANT, False, True),
        (UNUSED, False, False),
        (COUNTED, True, False),
        ("{{ raise_exception('strftime_now date_string') }}", False, False),
        (None, False, False),
    ],
    ids=["plain", "clock", "llama", "constant", "unused", "counted", "broken", "none"],
)
def test_who_writes_a_date(
    template: Any, writes: bool, honours: bool, build_tokenizer: Any
) -> None:
    tokenizer = build_tokenizer(template)
    assert writes_date(tokenizer) is writes
    assert honours_date_string(tokenizer) is honours


@pytest.mark.parametrize(
    ("name", "writes"),
    [
        ("mistralai__Mistral-Small-24B-Instruct-2501", True),
        ("meta-llama__Llama-4-Scout-17B-16E-Instruct", False),
        ("meta-llama__Llama-3.3-70B-Instruct", False),
    ],
)
def test_real_templates(name: str, writes: bool, build_tokenizer: Any) -> None:
    golden = goldens.golden(name)
    tokenizer = build_tokenizer(goldens.template(name), bos=golden.bos, eos=golden.eos)
    assert writes_date(tokenizer) is writes


@pytest.mark.parametrize(
    ("template", "day", "written"),
    [
        (CLOCK, "20 Nov 2026", "Today: 2026-11-20"),
        (CLOCK, "2026-11-20", "Today: 2026-11-20"),
        (CLOCK, "20 November 2026", "Today: 2026-11-20"),
        (LLAMA, "20 Nov 2026", "Today Date: 20 Nov 2026"),
        (LLAMA, "spring", "Today Date: spring"),
        (CONSTANT, "20 Nov 2026", "Today Date: 20 Nov 2026"),
        (COUNTED, "1 Feb 2026", "H1"),
        (COUNTED, "1 Aug 2026", "H2"),
    ],
)
def test_a_day_is_written(template: str, day: str, written: str, build_tokenizer: Any) -> None:
    tokenizer = build_tokenizer(template)
    variables = date_variables(day)
    assert derive_from_tokenizer(tokenizer, **variables).pre_query.startswith(written)
    assert not ignores_date(tokenizer, day)
    assert not writes_date(tokenizer, **variables), "tomorrow it must write the same"


@pytest.mark.parametrize(
    ("template", "day"), [(PLAIN, "20 Nov 2026"), (UNUSED, "20 Nov 2026"), (CLOCK, "spring")]
)
def test_a_day_is_ignored(template: str, day: str, build_tokenizer: Any) -> None:
    assert ignores_date(build_tokenizer(template), day)


def test_no_day_no_variables() -> None:
    assert date_variables(None) == {}


@pytest.mark.parametrize("template", [CLOCK, LLAMA, COUNTED])
def test_today_fixes_every_template(template: str, build_tokenizer: Any) -> None:
    tokenizer, variables = build_tokenizer(template), date_variables(today())
    assert not writes_date(tokenizer, **variables)
    assert derive_from_tokenizer(tokenizer, **variables) == derive_from_tokenizer(tokenizer)


def test_the_clock_is_right_again(build_tokenizer: Any) -> None:
    from transformers.utils import chat_template_utils

    before = chat_template_utils.datetime
    derive_from_tokenizer(build_tokenizer(CLOCK), date_string="3 Feb 2001")
    assert chat_template_utils.datetime is before
    assert "2001" not in derive_from_tokenizer(build_tokenizer(CLOCK)).pre_query


def test_a_clock_that_cannot_be_set(build_tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another transformers may keep its clock elsewhere: then the source decides."""
    monkeypatch.delattr("transformers.utils.chat_template_utils.datetime")
    assert writes_date(build_tokenizer(CLOCK))
    assert not writes_date(build_tokenizer(PLAIN))
    assert derive_from_tokenizer(build_tokenizer(PLAIN), date_string="3 Feb 2001")
