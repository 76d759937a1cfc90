"""Choosing a chat format: what is used, and what the user is told about the date asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from magpie_core import Checkpoint
from magpie_core.chat.template import date_variables, derive_from_tokenizer
from magpie_core.checkpoint import open_checkpoint
from magpie_core.plugins import load_plugins
from magpie_core.resolve import choose_format, stop_token_ids
from magpie_core.testing.toys import CHATML, byte_level

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


ROLES = "{% for m in messages %}<|{{ m.role }}|>{{ HISTORY }}{{ m.content }}<|end|>{% endfor %}"
"""HISTORY is what stands before an answer that is finished."""


@pytest.mark.parametrize(
    ("before_finished", "asked_for"),
    [
        ("", ""),
        ("</think>", "</think>"),
        ("<think></think>", "<think>"),
        ("", "{{ '<think>' if thinking else '</think>' }}"),
        ("</think>", "{{ '<think>' if thinking else '</think>' }}"),
        ("<reasoning></reasoning>", ""),
        ("<scratch></scratch>", ""),
    ],
)
def test_what_stands_inside_an_answer_does_not_end_it(before_finished: str, asked_for: str) -> None:
    """An empty block of reasoning in histories, or in the generation prompt, is part of the answer."""
    history = "{% if m.role == 'assistant' %}" + before_finished + "{% endif %}"
    template = ROLES.replace("{{ HISTORY }}", history)
    template += "{% if add_generation_prompt %}<|assistant|>" + asked_for + "{% endif %}"
    inside = tuple(
        f"<{end}{name}>" for name in ("think", "reasoning", "scratch") for end in ("", "/")
    )
    turns = ("<|user|>", "<|assistant|>", "<|end|>")
    tokenizer = byte_level(template, bos=None, eos="<|eos|>", special=(*inside, *turns))
    checkpoint = Checkpoint(name="x", path="x", tokenizer=tokenizer)
    chat = derive_from_tokenizer(tokenizer)
    stops = tokenizer.convert_ids_to_tokens(list(stop_token_ids(checkpoint, None, chat)))
    assert {"<|end|>", "<|user|>", "<|assistant|>"} <= set(stops)
    assert not set(inside) & set(stops)
