"""Taking templates apart: real ones, odd ones, and ones that must be refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import cycle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magpie_core import ChatFormat, ChatTemplateError, Turn
from magpie_core.chat.derive import derive
from magpie_core.chat.template import (
    date_variables,
    derive_from_tokenizer,
    template_renderer,
    writes_date,
)
from magpie_core.testing import golden as goldens

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a busy machine an example may take long."""

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


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


class TestPieces:
    def test_default_system_block_whose_end_looks_like_an_answers_end(
        self, build_tokenizer: Any
    ) -> None:
        template = (
            "{{ bos_token }}{% if messages[0].role != 'system' %}<|system_start|>Be good<|system_end|>{% endif %}"
            "{% for m in messages %}<|{{ m.role }}_start|>{{ m.content }}<|{{ m.role }}_end|>{% endfor %}"
            "{% if add_generation_prompt %}<|assistant_start|>{% endif %}"
        )
        chat = derive_from_tokenizer(build_tokenizer(template))
        assert chat.pre_query == "<s><|system_start|>Be good<|system_end|><|user_start|>"
        assert chat.pre_query_bare == "<s><|user_start|>"
        assert chat.default_system == "Be good"

    def test_bos_that_is_the_role_marker_too(self, build_tokenizer: Any) -> None:
        template = (
            "{% if messages[0].role != 'system' %}<|im_start|>system\nBe good<|im_end|>\n{% endif %}"
            + CHATML
        )
        tokenizer = build_tokenizer(template, bos="<|im_start|>", eos="<|im_end|>")
        chat = derive_from_tokenizer(tokenizer)
        assert chat.pre_query_bare == "<|im_start|>user\n"
        assert chat.default_system == "Be good"

    def test_last_answer_that_ends_in_its_own_way(self, build_tokenizer: Any) -> None:
        template = (
            "{% for m in messages %}<|start|>{{ m.role }}:{{ m.content }}"
            "{{ '<|return|>' if loop.last and m.role == 'assistant' else '<|end|>' }}{% endfor %}"
            "{% if add_generation_prompt %}<|start|>assistant:{% endif %}"
        )
        chat = derive_from_tokenizer(build_tokenizer(template))
        assert chat.turn_append == "<|end|><|start|>user:"
        assert chat.pre_query_bare == "<|start|>user:"

    def test_template_that_refuses_to_end_with_an_answer(self, build_tokenizer: Any) -> None:
        guard = (
            "{% if messages[-1].role == 'assistant' %}{{ raise_exception('user last') }}{% endif %}"
        )
        chat = derive_from_tokenizer(build_tokenizer(guard + CHATML))
        assert chat.pre_query_bare == "<|im_start|>user\n"

    def test_dropped_system_prompt(self, build_tokenizer: Any) -> None:
        template = CHATML.replace(
            "<|im_start|>{{ m.role }}", "{% if m.role != 'system' %}<|im_start|>{{ m.role }}"
        )
        template = template.replace(
            "<|im_end|>\n{% endfor %}", "<|im_end|>\n{% endif %}{% endfor %}"
        )
        chat = derive_from_tokenizer(build_tokenizer(template))
        assert (chat.system_role, chat.pre_query_with_system) == ("dropped", None)
        turns = [Turn("system", "Be brief."), Turn("user", "Hi")]
        assert chat.render(turns) == chat.render(turns[1:])

    @pytest.mark.parametrize(
        "change", ["{{ m.content | upper }}", "{{ m.content }}{{ m.content }}"]
    )
    def test_changed_system_prompt_is_refused_not_lost(
        self, change: str, build_tokenizer: Any
    ) -> None:
        template = CHATML.replace(
            "{{ m.content }}",
            "{% if m.role == 'system' %}" + change + "{% else %}{{ m.content }}{% endif %}",
        )
        chat = derive_from_tokenizer(build_tokenizer(template))
        assert (chat.system_role, chat.pre_query_with_system) == ("merged", None)
        with pytest.raises(ChatTemplateError):
            chat.opening("Be brief.")

    def test_default_words_that_hold_the_slot(self, build_tokenizer: Any) -> None:
        template = "{{ 'Fill in {system} here. ' }}" + CHATML
        chat = derive_from_tokenizer(build_tokenizer(template))
        assert chat.pre_query == "Fill in {system} here. <|im_start|>user\n"

    @pytest.mark.parametrize("words", ["Fill in {system} here. ", "{system}"])
    def test_own_words_that_hold_the_slot_leave_none(
        self, words: str, build_tokenizer: Any
    ) -> None:
        """A template whose words could be taken for the slot gets no system prompt, not a wrong one."""
        chat = derive_from_tokenizer(build_tokenizer(f"{{{{ '{words}' }}}}" + CHATML))
        assert chat.pre_query_with_system is None
        with pytest.raises(ChatTemplateError, match="no place for a system prompt"):
            chat.opening("Be brief.")
        assert chat.opening() == words + "<|im_start|>user\n"

    def test_the_slot_in_words_behind_the_user_is_harmless(self, build_tokenizer: Any) -> None:
        ends = "{{ '{system}' if m.role == 'user' }}<|im_end|>"
        chat = derive_from_tokenizer(build_tokenizer(CHATML.replace("<|im_end|>", ends)))
        assert chat.user_end == "{system}<|im_end|>\n"
        assert chat.opening("Be brief.") == (
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n"
        )

    def test_variables_reach_the_template(self, build_tokenizer: Any) -> None:
        tokenizer = build_tokenizer("{{ date_string }}\n" + CHATML)
        chat = derive_from_tokenizer(tokenizer, date_string="20 Nov 2026")
        assert chat.pre_query.startswith("20 Nov 2026")


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


REFUSED = {
    "raises": "{{ raise_exception('tools only') }}",
    "syntax error": "{% for %}",
    "undefined": "{{ nothing.at.all }}",
    "divides by zero": "{{ 1 // 0 }}",
    "nothing": "",
    "blank": "   ",
    "only white space": "{{ ' \n' }}",
    "constant": "hello",
    "twice": CHATML.replace("{{ m.content }}", "{{ m.content }} {{ m.content }}"),
    "upper": CHATML.replace("{{ m.content }}", "{{ m.content | upper }}"),
    "lower": CHATML.replace("{{ m.content }}", "{{ m.content | lower }}"),
    "cut": CHATML.replace("{{ m.content }}", "{{ m.content[:8] }}"),
    "reversed": CHATML.replace("in messages", "in messages | reverse"),
    "last only": CHATML.replace("in messages", "in messages[-1:]"),
    "no answers": CHATML.replace("in messages", "in messages | selectattr('role', 'eq', 'user')"),
    "no generation prompt": CHATML.split("{% if")[0],
    "no markers": "{% for m in messages %}{{ m.content }}{% endfor %}",
    "nothing before the user": "{% for m in messages %}{{ m.content }}</s>{% endfor %}",
    "needs tools": "{% if not tools %}{{ raise_exception('no tools') }}{% endif %}" + CHATML,
    "needs parts": CHATML.replace("m.content", "m.content[0]['text']"),
}


class TestRefused:
    @pytest.mark.parametrize("template", REFUSED.values(), ids=REFUSED.keys())
    def test_with_a_message_and_a_way_out(self, template: str, build_tokenizer: Any) -> None:
        with pytest.raises(ChatTemplateError) as caught:
            derive_from_tokenizer(build_tokenizer(template))
        assert "chat template" in caught.value.message
        assert caught.value.hint
        assert "--format registered" in caught.value.hint

    def test_no_template(self, build_tokenizer: Any) -> None:
        with pytest.raises(ChatTemplateError, match="no chat template"):
            derive_from_tokenizer(build_tokenizer(None))

    def test_several_templates_without_a_default(self, build_tokenizer: Any) -> None:
        tokenizer = build_tokenizer(None)
        tokenizer.chat_template = {"tool_use": CHATML, "rag": CHATML}
        with pytest.raises(ChatTemplateError):
            derive_from_tokenizer(tokenizer)

    def test_several_templates_with_a_default(self, build_tokenizer: Any) -> None:
        tokenizer = build_tokenizer(None)
        tokenizer.chat_template = {"default": CHATML, "rag": "{{ raise_exception('no') }}"}
        assert derive_from_tokenizer(tokenizer).pre_query == "<|im_start|>user\n"

    def test_message_is_one_short_line(self, build_tokenizer: Any) -> None:
        with pytest.raises(ChatTemplateError) as caught:
            derive_from_tokenizer(build_tokenizer("x" * 5000))
        assert len(caught.value.message) < 400

    @CALM
    @given(st.lists(st.text(max_size=30), min_size=6, max_size=6))
    def test_whatever_a_template_writes(self, texts: list[str]) -> None:
        """Rubbish is refused or taken apart, and nothing else ever escapes."""
        answers = cycle(texts)

        def render(turns: Sequence[Turn], *, add_generation_prompt: bool) -> str:
            return next(answers) + "".join(turn.content for turn in turns) + next(answers)

        with suppress(ChatTemplateError):
            derive(render, bos="<s>")


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
