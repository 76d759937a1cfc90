"""Choosing a chat format: what is used, and what the user is told about the date asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from magpie_core import Checkpoint
from magpie_core.chat.template import date_variables
from magpie_core.checkpoint import open_checkpoint
from magpie_core.plugins import load_plugins
from magpie_core.resolve import choose_format

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CLOCK = "Today: {{ strftime_now('%Y-%m-%d') }}\n" + CHATML
TAKES = "{{ 'Today: ' + (date_string or 'unknown') }}\n" + CHATML


@pytest.fixture
def tokenizer(checkpoint: str) -> Any:
    return open_checkpoint(checkpoint).tokenizer


@pytest.mark.parametrize(
    ("template", "day", "said"),
    [
        (CHATML, None, None),
        (CLOCK, None, None),
        (TAKES, "spring", None),
        (CLOCK, "20 Nov 2026", None),
        (CHATML, "20 Nov 2026", "the checkpoint's template writes no date"),
        (CLOCK, "spring", "reads the clock, which needs a day such as `20 Nov 2026`"),
    ],
)
def test_a_date_asked_for_in_vain_is_said(
    template: str, day: str | None, said: str | None, tokenizer: Any
) -> None:
    tokenizer.chat_template = template
    one = Checkpoint(name="x", path="x", tokenizer=tokenizer)
    notices: list[str] = []
    choose_format(one, None, None, date_variables(day), notices)
    assert len(notices) == (said is not None)
    for notice in notices:
        assert notice.startswith(f"--date `{day}` changes nothing: ")
        assert notice.endswith(said or "nothing should be said")


def test_registered_facts_take_no_date() -> None:
    family = load_plugins().families()["chatml"]
    one = Checkpoint(name="x", path="x", tokenizer=SimpleNamespace(chat_template=CLOCK))
    notices: list[str] = []
    chat = choose_format(one, family, "registered", date_variables("20 Nov 2026"), notices)
    assert chat.source == "registered"
    assert notices == [
        "--date `20 Nov 2026` changes nothing: registered facts are used as they stand"
    ]
