"""Taking real templates apart: what comes out writes what they write, whatever is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magpie_core import ChatFormat, ChatTemplateError, Turn
from magpie_core.chat.template import (
    date_variables,
    derive_from_tokenizer,
    template_renderer,
    writes_date,
)
from magpie_core.testing import golden as goldens
from magpie_core.testing.toys import CHATML

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a busy machine an example may take long."""


def real(name: str, build_tokenizer: Any) -> tuple[Any, goldens.Golden]:
    golden = goldens.golden(name)
    return build_tokenizer(goldens.template(name), bos=golden.bos, eos=golden.eos), golden


def written(chat: ChatFormat, conversation: str, turns: list[Turn]) -> str | None:
    try:
        return chat.render(
            turns, add_generation_prompt=goldens.with_generation_prompt(conversation)
        )
    except ChatTemplateError:
        return None


def golden_day(tokenizer: Any) -> dict[str, str]:
    """The day the goldens were rendered on, for templates that ask the clock."""
    return date_variables("20 Nov 2026") if writes_date(tokenizer) else {}


class TestRealTemplates:
    @pytest.mark.parametrize("name", goldens.template_names())
    def test_rebuild_every_rendering(self, name: str, build_tokenizer: Any) -> None:
        tokenizer, golden = real(name, build_tokenizer)
        chat = derive_from_tokenizer(tokenizer, **golden_day(tokenizer))
        rebuilt = {c: written(chat, c, turns) for c, turns in goldens.conversations().items()}
        assert rebuilt == golden.renderings

    @pytest.mark.parametrize("name", goldens.template_names())
    def test_the_sandbox_renders_as_the_makers_do(self, name: str, build_tokenizer: Any) -> None:
        tokenizer, golden = real(name, build_tokenizer)
        render = template_renderer(tokenizer, **golden_day(tokenizer))
        for conversation, turns in goldens.conversations().items():
            generation = goldens.with_generation_prompt(conversation)
            expected = golden.renderings[conversation]
            if expected is None:
                with pytest.raises(ChatTemplateError, match="raises on system"):
                    render(turns, add_generation_prompt=generation)
            else:
                assert render(turns, add_generation_prompt=generation) == expected

    @pytest.mark.parametrize("name", goldens.template_names())
    def test_pieces_are_whole(self, name: str, build_tokenizer: Any) -> None:
        tokenizer, golden = real(name, build_tokenizer)
        chat = derive_from_tokenizer(tokenizer)
        assert chat.source == "derived"
        assert chat.bos in (None, golden.bos)
        assert chat.pre_query_bare.startswith(chat.bos or "")
        assert len(chat.pre_query_bare) <= len(chat.pre_query)
        assert chat.turn_append.endswith(chat.pre_query_bare.removeprefix(chat.bos or ""))
        assert chat.pre_query.endswith(chat.pre_query_bare.removeprefix(chat.bos or ""))

    @pytest.mark.parametrize("name", goldens.template_names())
    def test_a_refused_system_role_is_an_error_not_a_loss(
        self, name: str, build_tokenizer: Any
    ) -> None:
        tokenizer, golden = real(name, build_tokenizer)
        chat = derive_from_tokenizer(tokenizer)
        assert (chat.system_role == "refused") == (golden.renderings["system_gen"] is None)
        if chat.system_role == "refused":
            with pytest.raises(ChatTemplateError, match="no place for a system prompt") as caught:
                chat.render([Turn("system", "Be brief."), Turn("user", "Hi")])
            assert caught.value.hint

    @pytest.mark.parametrize(
        ("name", "system"),
        [
            (
                "Qwen__Qwen2.5-7B-Instruct",
                "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.",
            ),
            (
                "Qwen__Qwen2.5-Math-7B-Instruct",
                "Please reason step by step, and put your final answer within \\boxed{}.",
            ),
            (
                "meta-llama__Llama-3.3-70B-Instruct",
                "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n",
            ),
            ("Qwen__Qwen3-8B", None),
            ("meta-llama__Llama-4-Scout-17B-16E-Instruct", None),
        ],
    )
    def test_default_system_prompts(
        self, name: str, system: str | None, build_tokenizer: Any
    ) -> None:
        tokenizer, _ = real(name, build_tokenizer)
        assert derive_from_tokenizer(tokenizer).default_system == system


PADDED = [
    Turn("system", "  Be \n brief. \n"),
    Turn("user", "\n How do tides work?  "),
    Turn("assistant", " The moon pulls.\t"),
    Turn("user", "  And the sun?\n"),
]
TRIMMING = {
    "meta-llama__Llama-3.3-70B-Instruct": ("system", "user", "assistant"),
    "meta-llama__Llama-4-Scout-17B-16E-Instruct": ("system",),
    "google__gemma-2-2b-it": ("user", "assistant"),
    "Qwen__Qwen2.5-7B-Instruct": (),
    "mistralai__Mistral-7B-Instruct-v0.2": (),
}


class TestTrimming:
    """White space around what is said stays or goes as in the template."""

    @pytest.mark.parametrize("name", TRIMMING)
    def test_who_is_trimmed(self, name: str, build_tokenizer: Any) -> None:
        tokenizer, _ = real(name, build_tokenizer)
        assert derive_from_tokenizer(tokenizer).trims == TRIMMING[name]

    @pytest.mark.parametrize("name", goldens.template_names())
    def test_padded_words_are_rebuilt(self, name: str, build_tokenizer: Any) -> None:
        tokenizer, _ = real(name, build_tokenizer)
        chat, render = derive_from_tokenizer(tokenizer), template_renderer(tokenizer)
        talk = PADDED if chat.pre_query_with_system else PADDED[1:]
        for turns in (talk, talk[:-2]):
            assert chat.render(turns) == render(turns, add_generation_prompt=True)

    def test_openings_are_trimmed_too(self, build_tokenizer: Any) -> None:
        trimming = CHATML.replace("m.content", "m.content | trim")
        chat = derive_from_tokenizer(build_tokenizer(trimming))
        assert chat.trims == ("system", "user", "assistant")
        assert chat.opening("  hi there  ") == chat.opening("hi there")

    def test_dropped_words_are_not_called_trimmed(self, build_tokenizer: Any) -> None:
        template = "{% set messages = messages | rejectattr('role', 'eq', 'system') %}" + CHATML
        chat = derive_from_tokenizer(build_tokenizer(template))
        assert (chat.system_role, chat.trims) == ("dropped", ())

    def test_half_a_trim_is_none(self, build_tokenizer: Any) -> None:
        template = CHATML.replace("m.content", "m.content.lstrip()")
        assert derive_from_tokenizer(build_tokenizer(template)).trims == ()

    def test_trimming_decides_the_fingerprint(self, build_tokenizer: Any) -> None:
        trimming = CHATML.replace("m.content", "m.content | trim")
        one, other = (derive_from_tokenizer(build_tokenizer(t)) for t in (CHATML, trimming))
        assert one.pre_query == other.pre_query
        assert one.fingerprint != other.fingerprint


SPEECH = st.text(
    st.characters(exclude_categories=("Cs", "Zs", "Zl", "Zp", "Cc")), min_size=1, max_size=40
).map(str.strip)
TEXT = st.lists(SPEECH.filter(bool), min_size=1, max_size=4).flatmap(
    lambda words: st.sampled_from([" ", "\n", "\n\n", "  ", "\t"]).map(lambda gap: gap.join(words))
)
SAMPLED = (
    "Qwen__Qwen2.5-7B-Instruct",
    "Qwen__Qwen3-8B",
    "google__gemma-2-2b-it",
    "mistralai__Mistral-7B-Instruct-v0.2",
    "meta-llama__Llama-3.3-70B-Instruct",
    "meta-llama__Llama-4-Scout-17B-16E-Instruct",
)


@pytest.fixture(scope="module")
def pairs(build_tokenizer: Any) -> Callable[[str], tuple[ChatFormat, Any]]:
    made: dict[str, tuple[ChatFormat, Any]] = {}

    def pair(name: str) -> tuple[ChatFormat, Any]:
        if name not in made:
            tokenizer, _ = real(name, build_tokenizer)
            made[name] = derive_from_tokenizer(tokenizer), template_renderer(tokenizer)
        return made[name]

    return pair


class TestAnyWords:
    """Derived from sentinels, right for everything people write."""

    @pytest.mark.parametrize("name", SAMPLED)
    def test_one_turn(self, name: str, pairs: Any) -> None:
        chat, render = pairs(name)

        @CALM
        @given(TEXT)
        def check(text: str) -> None:
            turns = [Turn("user", text)]
            for generation in (False, True):
                expected = render(turns, add_generation_prompt=generation)
                assert chat.render(turns, add_generation_prompt=generation) == expected

        check()

    @pytest.mark.parametrize("name", SAMPLED)
    def test_three_turns_of_the_user(self, name: str, pairs: Any) -> None:
        chat, render = pairs(name)

        @CALM
        @given(st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT))
        def check(texts: tuple[str, ...]) -> None:
            turns = [Turn("assistant" if i % 2 else "user", text) for i, text in enumerate(texts)]
            assert chat.render(turns) == render(turns, add_generation_prompt=True)

        check()

    @pytest.mark.parametrize("name", SAMPLED)
    def test_system_prompt(self, name: str, pairs: Any) -> None:
        chat, render = pairs(name)
        if chat.system_role == "refused":
            pytest.skip("this template refuses system prompts")

        @CALM
        @given(TEXT, TEXT)
        def check(system: str, text: str) -> None:
            turns = [Turn("system", system), Turn("user", text)]
            assert chat.render(turns) == render(turns, add_generation_prompt=True)

        check()
