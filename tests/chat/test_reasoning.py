"""Reasoning and answer told apart, in the text and, where decoding leaves the marks out, in the ids."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core import Completion
from magpie_core.chat.reasoning import KNOWN, THINK, Reasoning, Said, put_together, take_apart
from magpie_core.chat.template import derive_from_tokenizer
from magpie_core.testing.toys import CHATML, byte_level

CHANNEL = KNOWN[-1]
OPENS = CHATML.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
PLAIN = st.text(st.characters(blacklist_categories=["Cs"]), max_size=60).filter(
    lambda text: not any(one.closing in text or one.opening in text for one in KNOWN)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Four.", Said("Four.")),
        ("<think>\n2 + 2\n</think>\n\nFour.", Said("Four.", "2 + 2")),
        ("\n <think>2 + 2</think>Four.", Said("Four.", "2 + 2")),
        ("<think>\n\n</think>\n\nFour.", Said("Four.")),
        ("<reasoning>so</reasoning> Four.", Said("Four.", "so")),
        ("[THINK]so[/THINK]Four.", Said("Four.", "so")),
        ("<think>and so on", Said("", "and so on", THINK)),
        ("<think>a</think>b</think>c", Said("b</think>c", "a")),
        ("In HTML, <think> is no tag.", Said("In HTML, <think> is no tag.")),
        ("so</think>Four.", Said("so</think>Four.")),
    ],
)
def test_marks_in_the_text(text, said):
    assert take_apart(text) == said


def test_a_prompt_may_have_opened_it():
    assert take_apart("so\n</think>\n\nFour.", THINK) == Said("Four.", "so")
    assert take_apart("<think>so</think>Four.", THINK) == Said("Four.", "so")
    assert take_apart("Four.", THINK) == Said("", "Four.", THINK)
    assert take_apart("so</think>Four.", closing_alone=True) == Said("Four.", "so")


@given(PLAIN, PLAIN)
def test_together_and_apart_again(reasoning, answer):
    said = take_apart(put_together(reasoning.strip(), answer))
    assert said == Said(answer.strip(), reasoning.strip() or None)


@given(st.text(), st.sampled_from([None, *KNOWN]), st.booleans())
def test_nothing_is_made_up(text, opened, alone):
    said = take_apart(text, opened, closing_alone=alone)
    assert said.answer in text
    assert said.reasoning is None or said.reasoning in text
    assert said.unclosed is None or said.answer == ""


def reads(template: str, special: tuple[str, ...] = ()) -> tuple[Reasoning, object]:
    tokenizer = byte_level(template, special=("<|im_start|>", "<|im_end|>", *special))
    chat = derive_from_tokenizer(tokenizer)
    return Reasoning(
        chat, tokenizer, lambda text: tokenizer.encode(text, add_special_tokens=False)
    ), tokenizer


def sampled(tokenizer, text: str, stop: str | None = "<|im_end|>") -> Completion:
    ids = tokenizer.encode(text + (stop or ""), add_special_tokens=False)
    return Completion(
        token_ids=tuple(ids),
        text=tokenizer.decode(ids, skip_special_tokens=True),
        finish_reason="stop" if stop else "length",
        stop_reason=ids[-1] if stop else None,
    )


def test_a_generation_prompt_that_opens_it():
    reasoning, tokenizer = reads(OPENS)
    assert reasoning.of(sampled(tokenizer, "so\n</think>\n\nFour.")) == Said("Four.", "so")
    assert reasoning.of(sampled(tokenizer, "so", None)) == Said("", "so", THINK)


def test_a_format_without_reasoning_leaves_a_lone_mark_alone():
    reasoning, tokenizer = reads(CHATML)
    said = reasoning.of(sampled(tokenizer, "Write </think> at the end."))
    assert said == Said("Write </think> at the end.")


def test_marks_that_decoding_leaves_out():
    reasoning, tokenizer = reads(CHATML, ("<|channel>", "<channel|>"))
    sample = sampled(tokenizer, "<|channel>thought\n2 + 2\n<channel|>Four.")
    assert "channel" not in sample.text  # so the text alone does not tell
    assert reasoning.of(sample) == Said("Four.", "2 + 2")
    assert reasoning.of(sampled(tokenizer, "<|channel>thought\n2 +", None)) == Said(
        "", "2 +", CHANNEL
    )
    assert reasoning.of(sampled(tokenizer, "<|channel>thought\n<channel|>Four.")) == Said("Four.")
    assert reasoning.of(sampled(tokenizer, "thought is free.")) == Said("thought is free.")


def test_a_character_cut_in_two_by_the_mark_still_gives_the_answer():
    reasoning, tokenizer = reads(CHATML, ("<|channel>", "<channel|>"))
    sample = sampled(tokenizer, "<|channel>thought\n2 + 2<channel|>Four.")
    said = reasoning.of(msgspec.structs.replace(sample, text="\ufffd" + sample.text))
    assert said.answer == "Four."
