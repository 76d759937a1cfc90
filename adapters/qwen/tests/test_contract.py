"""Every family keeps the contract: golden renderings, stops, names, guesses, token boundaries."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_adapter_qwen import (
    FAMILIES,
    QWEN2,
    QWEN2_MATH,
    QWEN3,
    QWEN3_2507,
    QWEN15,
    QWEN25,
    QWEN25_CODER,
    QWEN25_MATH,
    QWEN35,
    QWQ,
)
from magpie_core.testing.contracts.family import FamilyContract


class Qwen(FamilyContract):
    """With the family's stop tokens as special tokens of a toy vocabulary."""

    @pytest.fixture(autouse=True)
    def _build(self, byte_level: Any) -> None:
        self.toy = byte_level(special=self.family.stop_tokens)

    def tokenizer(self) -> Any:
        return self.toy


class Unmarked(Qwen):
    """Families whose templates hold no words of their own: the name must tell them apart."""

    def chat_template(self) -> str | None:
        return f"<|im_start|>system\n{self.family.default_system}<|im_end|>"


class TestQwen15(Unmarked):
    family = QWEN15
    goldens = ("Qwen__Qwen1.5-4B-Chat",)


class TestQwen2(Unmarked):
    family = QWEN2
    goldens = ("Qwen__Qwen2-7B-Instruct",)


class TestQwen2Math(Unmarked):
    family = QWEN2_MATH


class TestQwen25(Qwen):
    family = QWEN25
    goldens = ("Qwen__Qwen2.5-3B-Instruct", "Qwen__Qwen2.5-7B-Instruct")


class TestQwen25Coder(Qwen):
    family = QWEN25_CODER


class TestQwen25Math(Qwen):
    family = QWEN25_MATH
    goldens = ("Qwen__Qwen2.5-Math-7B-Instruct",)


class TestQwQ(Qwen):
    family = QWQ
    goldens = ("Qwen__QwQ-32B",)


class TestQwen3(Qwen):
    family = QWEN3
    goldens = ("Qwen__Qwen3-1.7B", "Qwen__Qwen3-8B")


class TestQwen32507(Qwen):
    family = QWEN3_2507
    goldens = ("Qwen__Qwen3-4B-Instruct-2507",)


class TestQwen35(Qwen):
    family = QWEN35
    goldens = ("Qwen__Qwen3.5-4B",)


def test_every_family_is_under_contract() -> None:
    tested = {
        one.family.name for one in globals().values() if "family" in getattr(one, "__dict__", {})
    }
    assert tested == {family.name for family in FAMILIES}


def test_no_name_is_used_twice() -> None:
    names = [name for family in FAMILIES for name in (family.name, *family.aliases)]
    assert sorted(names) == sorted(set(names))
