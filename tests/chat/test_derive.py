"""Taking templates apart: odd ones, and ones that must be refused. Real ones next door."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magpie_core import ChatTemplateError, Turn
from magpie_core.chat.derive import derive
from magpie_core.chat.template import (
    derive_from_tokenizer,
)
from magpie_core.testing.toys import CHATML

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a busy machine an example may take long."""


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
