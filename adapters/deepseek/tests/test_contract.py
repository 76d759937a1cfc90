"""Every family keeps the contract: golden renderings, stops, names, guesses, token boundaries."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_adapter_deepseek import (
    DEEPSEEK_CODER,
    DEEPSEEK_LLM,
    DEEPSEEK_R1,
    DEEPSEEK_V2,
    DEEPSEEK_V3,
    DEEPSEEK_V25,
    DEEPSEEK_V31,
    FAMILIES,
    R1_DISTILL_LLAMA,
    R1_DISTILL_QWEN,
)
from magpie_core.testing.contracts.family import FamilyContract


class DeepSeek(FamilyContract):
    """With the family's stop tokens as special tokens of a toy vocabulary."""

    @pytest.fixture(autouse=True)
    def _build(self, byte_level: Any) -> None:
        self.toy = byte_level(special=[t for t in self.family.stop_tokens if "sentence" not in t])

    def tokenizer(self) -> Any:
        return self.toy


class PlainText(DeepSeek):
    """Their templates' words are anybody's: the name must tell them apart."""

    def chat_template(self) -> str | None:
        return "{{ bos_token + 'User: ' + content + 'Assistant:' }}"


class RoleTokens(DeepSeek):
    """The line's shared role tokens, with what opens this family's answers."""

    variables = ""

    def chat_template(self) -> str | None:
        reasons = "</think>" if "think" in self.family.user_to_assistant else ""
        return f"<｜User｜>{self.family.user_to_assistant}{reasons}{self.variables}"


class TestDeepSeekLLM(PlainText):
    family = DEEPSEEK_LLM
    goldens = ("deepseek-ai__deepseek-llm-7b-chat",)


class TestDeepSeekV2(PlainText):
    family = DEEPSEEK_V2
    goldens = ("deepseek-ai__DeepSeek-V2-Lite-Chat", "deepseek-ai__DeepSeek-V2-Chat")


class TestDeepSeekCoder(DeepSeek):
    family = DEEPSEEK_CODER
    goldens = ("deepseek-ai__deepseek-coder-6.7b-instruct",)


class TestDeepSeekV25(RoleTokens):
    family = DEEPSEEK_V25


class TestDeepSeekV3(RoleTokens):
    family = DEEPSEEK_V3
    goldens = ("deepseek-ai__DeepSeek-V3-Base",)


class TestDeepSeekV31(RoleTokens):
    family = DEEPSEEK_V31
    variables = "{% if thinking %}<think>{% endif %}"
    goldens = ("deepseek-ai__DeepSeek-V3.2",)
    known_exceptions = {
        "deepseek-ai__DeepSeek-V3.2": "a third party's reconstruction, which opens new answers with an "
        "empty pair of think tags; the family follows the V3.1 template that only closes them",
    }


class TestDeepSeekR1(RoleTokens):
    family = DEEPSEEK_R1
    goldens = ("deepseek-ai__DeepSeek-R1",)


class TestR1DistillQwen(RoleTokens):
    family = R1_DISTILL_QWEN
    goldens = ("deepseek-ai__DeepSeek-R1-Distill-Qwen-7B",)


class TestR1DistillLlama(RoleTokens):
    family = R1_DISTILL_LLAMA
    goldens = ("deepseek-ai__DeepSeek-R1-Distill-Llama-8B",)


def test_every_family_is_under_contract() -> None:
    tested = {
        one.family.name for one in globals().values() if "family" in getattr(one, "__dict__", {})
    }
    assert tested == {family.name for family in FAMILIES}


def test_no_name_is_used_twice() -> None:
    names = [name for family in FAMILIES for name in (family.name, *family.aliases)]
    assert sorted(names) == sorted(set(names))
