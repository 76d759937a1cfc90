"""The template that is trained in writes conversations as a checkpoint's own, and marks what is learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.chat.format import ChatFormat
from magpie_core.chat.template import template_renderer
from magpie_core.checkpoint import open_checkpoint
from magpie_core.errors import ChatTemplateError
from magpie_core.plugins import load_plugins
from magpie_core.record import Turn
from magpie_core.training.fidelity import first_difference
from magpie_core.training.pieces import pieces_of
from magpie_core.training.template import marks_answers, training_template

FAMILIES = load_plugins().families()
ASKED = 'Is 3 < 4 & "so on"?\n{{ x }} {% y %}'
TALK = [
    Turn("user", ASKED),
    Turn("assistant", "It's\n\\so: 'yes'."),
    Turn("user", "Why?"),
    Turn("assistant", "¡Sí!"),
]


def rendered(template: str, turns: Sequence[Turn], *, prompt: bool = False) -> str:
    """As transformers renders, without a tokenizer."""
    from transformers.utils.chat_template_utils import render_jinja_template

    texts, _ = render_jinja_template(
        conversations=[[msgspec.to_builtins(one) for one in turns]],
        chat_template=template,
        add_generation_prompt=prompt,
    )
    return texts[0]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_finished_conversation_goes_on_as_the_format_says(name):
    """What was said, and then the next question's opening, is what a follow-up is sampled from."""
    format_ = FAMILIES[name].chat_format()
    pieces = pieces_of(format_)
    text = rendered(training_template(pieces), TALK)
    assert text + pieces.next_question == format_.before_user(TALK)
    assert text == pieces.render(TALK)


@pytest.mark.parametrize("name", FAMILIES)
def test_an_answer_is_asked_for_as_answers_were_learned(name):
    """A prompt is the beginning of the conversation that was trained on: the answer comes right after it."""
    pieces = pieces_of(FAMILIES[name].chat_format())
    template = training_template(pieces)
    prompt = rendered(template, TALK[:3], prompt=True)
    assert rendered(template, TALK).startswith(prompt)


@pytest.mark.parametrize("name", FAMILIES)
def test_an_answer_ends_with_a_token_that_stops_the_family(name):
    family = FAMILIES[name]
    pieces = pieces_of(family.chat_format())
    assert pieces.end_token in family.stop_tokens
    assert not pieces.after_answer.strip()


@pytest.mark.parametrize("name", FAMILIES)
def test_system_prompts_stand_where_the_format_has_them(name):
    format_ = FAMILIES[name].chat_format()
    pieces = pieces_of(format_)
    turns = [Turn("system", "Be kind."), *TALK[:2]]
    template = training_template(pieces)
    if format_.pre_query_with_system is not None:
        text = rendered(template, turns)
        assert text.startswith(format_.opening("Be kind."))
        assert text == pieces.render(turns)
    elif format_.system_role == "dropped":
        assert rendered(template, turns) == rendered(template, turns[1:]) == pieces.render(turns)
    else:
        with pytest.raises(Exception, match="no place for a system prompt"):
            rendered(template, turns)
        with pytest.raises(ChatTemplateError, match="no place"):
            pieces.render(turns)


def test_it_writes_the_same_without_jinjas_own_trimming():
    import jinja2

    template = training_template(pieces_of(FAMILIES["llama3"].chat_format()))
    stripped = template.replace("{%- generation -%}", "").replace("{%- endgeneration -%}", "")
    messages = [msgspec.to_builtins(one) for one in TALK]
    plain = jinja2.Environment().from_string(stripped).render(messages=messages)
    # Where the marks were, white space stays that they would have trimmed.
    assert "".join(plain.split()) == "".join(rendered(template, TALK).split())


def masked(tokenizer: Any, template: str, turns: Sequence[Turn]) -> str:
    """The text of the tokens that are learned."""
    said = tokenizer.apply_chat_template(
        [msgspec.to_builtins(one) for one in turns],
        chat_template=template,
        return_dict=True,
        return_assistant_tokens_mask=True,
    )
    ids = [
        i for i, learned in zip(said["input_ids"], said["assistant_masks"], strict=True) if learned
    ]
    return tokenizer.decode(ids)


def test_learned_are_all_answers_with_the_token_that_ends_them_and_nothing_else(checkpoint):
    tokenizer = open_checkpoint(checkpoint).tokenizer
    template = training_template(pieces_of(FAMILIES["llama3"].chat_format()))
    assert marks_answers(template)
    assert not marks_answers(tokenizer.chat_template)
    assert masked(tokenizer, template, TALK) == "It's\n\\so: 'yes'.<|eot_id|>¡Sí!<|eot_id|>"


def test_the_checkpoints_own_template_writes_the_same(checkpoint):
    from magpie_core.chat.template import derive_from_tokenizer

    tokenizer = open_checkpoint(checkpoint).tokenizer
    pieces = pieces_of(derive_from_tokenizer(tokenizer))
    turns = [Turn("system", " Be kind. "), *TALK]
    own = template_renderer(tokenizer)(turns, add_generation_prompt=False)
    assert pieces.render(turns) == own
    assert first_difference(tokenizer, pieces, [TALK, turns]) is None


def test_another_format_is_named_by_where_it_parts(checkpoint):
    tokenizer = open_checkpoint(checkpoint).tokenizer
    parted = first_difference(tokenizer, pieces_of(FAMILIES["chatml"].chat_format()), [TALK])
    assert parted is not None
    assert "begin_of_text" in parted
    assert "im_start" in parted


def test_a_format_in_which_nothing_ends_an_answer_is_refused():
    endless = ChatFormat(
        pre_query="Q: ",
        pre_query_bare="Q: ",
        pre_query_with_system=None,
        user_end="\n",
        user_to_assistant="\nA:",
        user_to_assistant_history="\nA:",
        turn_append="\nQ: ",
        default_system=None,
        system_role="refused",
        bos=None,
        source="registered",
    )
    with pytest.raises(ChatTemplateError, match="no text ends an answer"):
        pieces_of(endless)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(min_size=1), min_size=2, max_size=6), st.sampled_from(sorted(FAMILIES)))
def test_whatever_is_said_is_written_as_it_was_said(texts, name):
    """Markup, quotes, control characters: nothing of it is read as part of the template."""
    roles = ("user", "assistant")
    turns = [Turn(roles[number % 2], text) for number, text in enumerate(texts)]
    pieces = pieces_of(FAMILIES[name].chat_format())
    assert rendered(training_template(pieces), turns) == pieces.render(turns)
