"""What people type after ``--family``: spelling does not count, and a checkpoint's name is one too."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_core import opening
from magpie_core.errors import UnknownNameError
from magpie_core.names import checkpoint_of, fold
from magpie_core.plugins import load_plugins

PLUGINS = load_plugins()
TYPED = {
    "chatml": ["chatml", "ChatML"],
    "deepseek-coder": ["deepseek-coder", "DeepSeek Coder", "deepseek-coder-6.7b-instruct"],
    "deepseek-llm": ["deepseek-llm", "deepseek-llm-7b-chat", "deepseek-math"],
    "deepseek-r1": ["r1", "R1", "deepseek-r1", "deepseek_r1", "DeepSeek-R1-0528"],
    "deepseek-r1-distill-llama": ["r1-distill-llama", "DeepSeek-R1-Distill-Llama-8B"],
    "deepseek-r1-distill-qwen": ["r1-distill-qwen", "R1_Distill_Qwen", "DeepSeek-R1-Distill-Qwen-14B"],
    "deepseek-v2": ["deepseek-v2", "deepseek-v2-lite", "deepseek-coder-v2", "deepseek-coder-v2-lite"],
    "deepseek-v2.5": ["deepseek-v2.5", "DeepSeek V2.5"],
    "deepseek-v3": ["deepseek-v3", "DeepSeek-V3", "deepseek_v3", "deepseek"],
    "deepseek-v3.1": ["deepseek-v3.1", "deepseek-v3.2"],
    "gemma1.1": ["gemma1.1", "gemma-1.1", "gemma-7b-it"],
    "gemma2": ["gemma2", "Gemma2", "GEMMA-2", "gemma_2", "gemma 2", "gemma-2-9b-it", "google/gemma-2-2b-it"],
    "gemma3": ["gemma3", "gemma-3", "gemma-3-27b-it"],
    "gemma4": ["gemma4", "gemma-4"],
    "llama2": ["llama2", "llama-2", "Llama-2-7b-chat-hf"],
    "llama3": ["llama3", "llama-3", "Meta-Llama-3-8B-Instruct"],
    "llama3.1": [
        *("llama3.1", "llama-3.1", "Llama 3.1", "llama_3.1", "llama31"),
        *("llama-3.1-8b-instruct", "meta-llama/Llama-3.1-8B-Instruct"),
    ],
    "llama3.2": ["llama3.2", "llama-3.2", "Llama-3.2-1B-Instruct"],
    "llama3.3": ["llama3.3", "llama-3.3-70b-instruct"],
    "llama4": ["llama4", "llama-4", "llama-4-scout"],
    "mistral-v1": ["mixtral", "mixtral-8x7b", "mistral-7b-instruct-v0.2", "mistral-7b-v0.1"],
    "mistral-v3-spm": ["mistral", "Mistral", "mistral-7b", "mistral-7b-instruct-v0.3"],
    "mistral-v3-tekken": ["nemo", "mistral-nemo", "Mistral Nemo", "ministral-8b"],
    "mistral-v7-tekken": ["mistral-small", "mistral-small-3", "mistral_small_3.2"],
    "nous-hermes-llama2": ["nous-hermes", "nous-hermes-llama2"],
    "phi3-medium": ["phi3-medium", "phi-3-medium-128k-instruct"],
    "phi3-mini": ["phi3", "phi-3", "Phi 3", "phi-3-mini", "phi-3-mini-4k-instruct"],
    "phi3-small": ["phi3-small", "phi-3-small"],
    "phi3.5-mini": ["phi3.5", "phi-3.5", "Phi-3.5-mini-instruct"],
    "phi4": ["phi4", "phi-4", "microsoft/phi-4"],
    "phi4-mini": ["phi4-mini", "phi-4-mini", "phi-4-mini-instruct"],
    "qwen1.5": ["qwen1.5", "qwen-1.5", "qwen1.5-7b-chat"],
    "qwen2": ["qwen2", "qwen-2", "qwen2-7b-instruct"],
    "qwen2-math": ["qwen2-math", "qwen_2_math"],
    "qwen2.5": ["qwen2.5", "Qwen2.5", "qwen-2.5", "qwen_2.5", "Qwen 2.5", "qwen2.5-7b-instruct", "Qwen/Qwen2.5-7B-Instruct"],
    "qwen2.5-coder": ["qwen2.5-coder", "qwen2.5-coder-32b-instruct"],
    "qwen2.5-math": ["qwen2.5-math", "Qwen2.5 Math"],
    "qwen3": ["qwen3", "qwen-3", "Qwen3-0.6B"],
    "qwen3-2507": ["qwen3-2507", "qwen3-instruct-2507", "qwen3-4b-instruct-2507"],
    "qwen3.5": ["qwen3.5", "qwen-3.5", "qwen3.5-4b"],
    "qwq": ["qwq", "QwQ-32B"],
    "vicuna": ["vicuna", "vicuna-1.5", "vicuna-13b-v1.5"],
    "yi-1.5": ["yi-1.5", "yi1.5", "Yi 1.5", "yi_1.5", "yi", "yi-1.5-9b-chat"],
}  # fmt: skip


def test_every_family_is_in_the_table():
    ours = {
        n for n in PLUGINS.families() if PLUGINS.offers_family(n).distribution.startswith("magpie-")
    }
    assert ours == set(TYPED)


@pytest.mark.parametrize(
    ("typed", "family"), [(typed, family) for family, names in TYPED.items() for typed in names]
)
def test_what_people_type(typed: str, family: str):
    assert PLUGINS.family(typed).name == family


@pytest.mark.parametrize("family", PLUGINS.families().values(), ids=lambda one: one.name)
def test_every_family_has_a_checkpoint_of_its_own(family: Any):
    assert "/" in family.default_checkpoint
    assert not family.checkpoints or family.default_checkpoint in family.checkpoints
    assert checkpoint_of(family, family.name) == family.default_checkpoint
    for one in family.checkpoints:
        assert PLUGINS.family(one) == family
        assert PLUGINS.family(one.partition("/")[2]) == family
        assert checkpoint_of(family, one) == one


def test_no_two_families_share_a_spelling():
    names = [
        fold(name)
        for one in PLUGINS.families().values()
        for name in {fold(n) for n in (one.name, *one.aliases)}
    ]
    assert sorted(names) == sorted(set(names))


MODELS = {
    "deepseek-coder-v2": "deepseek-ai/DeepSeek-Coder-V2-Instruct",
    "deepseek-llm-67b": "deepseek-ai/deepseek-llm-67b-chat",
    "deepseek-math": "deepseek-ai/deepseek-math-7b-instruct",
    "deepseek-r1-0528": "deepseek-ai/DeepSeek-R1-0528",
    "deepseek-v2-chat": "deepseek-ai/DeepSeek-V2-Chat",
    "deepseek-v2-lite": "deepseek-ai/DeepSeek-V2-Lite-Chat",
    "deepseek-v2.5-1210": "deepseek-ai/DeepSeek-V2.5-1210",
    "deepseek-v3-0324": "deepseek-ai/DeepSeek-V3-0324",
    "deepseek-v3.1-terminus": "deepseek-ai/DeepSeek-V3.1-Terminus",
    "deepseek-v3.2": "deepseek-ai/DeepSeek-V3.2",
    "deepseek-v32": "deepseek-ai/DeepSeek-V3.2",
    "llama-4-maverick": "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
    "meta-llama-3.1": "meta-llama/Meta-Llama-3.1-8B-Instruct",
    "ministral-8b": "mistralai/Ministral-8B-Instruct-2410",
    "mistral-7b-instruct-v0.1": "mistralai/Mistral-7B-Instruct-v0.1",
    "mistral-7b-v0.1": "mistralai/Mistral-7B-Instruct-v0.1",
    "mistral-small-3.1": "mistralai/Mistral-Small-3.1-24B-Instruct-2503",
    "mistral-small-3.2": "mistralai/Mistral-Small-3.2-24B-Instruct-2506",
    "mixtral": "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "mixtral-8x22b": "mistralai/Mixtral-8x22B-Instruct-v0.1",
    "mixtral-8x7b": "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "phi-3-medium-128k-instruct": "microsoft/Phi-3-medium-128k-instruct",
    "phi-3-mini-128k-instruct": "microsoft/Phi-3-mini-128k-instruct",
    "phi-3-small-128k-instruct": "microsoft/Phi-3-small-128k-instruct",
}
"""Aliases that name another model than the family's default; every other alias opens that."""


@pytest.mark.parametrize("family", PLUGINS.families().values(), ids=lambda one: one.name)
def test_every_alias_opens_the_model_it_names(family: Any):
    opened = {alias: checkpoint_of(family, alias) for alias in family.aliases}
    assert opened == {alias: MODELS.get(alias, family.default_checkpoint) for alias in opened}


def test_the_table_of_models_holds_no_name_that_is_gone():
    assert set(MODELS) <= {alias for one in PLUGINS.families().values() for alias in one.aliases}


@pytest.mark.parametrize(
    ("typed", "checkpoint"),
    [
        ("Mistral_7B v0.1", "mistralai/Mistral-7B-Instruct-v0.1"),
        ("Mistral Small 3", "mistralai/Mistral-Small-24B-Instruct-2501"),
        ("qwen3-4b", "Qwen/Qwen3-4B"),
        ("qwen2.5", "Qwen/Qwen2.5-3B-Instruct"),
        ("qwen2.5-7b-instruct", "Qwen/Qwen2.5-7B-Instruct"),
        ("Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-7B-Instruct"),
        ("mixtral", "mistralai/Mixtral-8x7B-Instruct-v0.1"),
        ("mistral", "mistralai/Mistral-7B-Instruct-v0.3"),
        ("mixtral-8x22b", "mistralai/Mixtral-8x22B-Instruct-v0.1"),
        ("deepseek-llm-67b", "deepseek-ai/deepseek-llm-67b-chat"),
        ("deepseek-r1-0528", "deepseek-ai/DeepSeek-R1-0528"),
        ("phi-3-mini-128k-instruct", "microsoft/Phi-3-mini-128k-instruct"),
        ("r1", "deepseek-ai/DeepSeek-R1"),
    ],
)
def test_the_checkpoint_a_name_stands_for(typed: str, checkpoint: str):
    assert checkpoint_of(PLUGINS.family(typed), typed) == checkpoint


def test_a_checkpoint_named_as_family_is_the_one_that_is_opened(monkeypatch: pytest.MonkeyPatch):
    opened: list[str] = []
    monkeypatch.setattr(opening, "open_checkpoint", lambda name, **_: opened.append(name))
    for typed in ("qwen2.5-7b-instruct", "qwen2.5"):
        opening.open_with_family(None, typed, PLUGINS, [], trust=False)
    assert opened == ["Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-3B-Instruct"]


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("codellama", "did you mean `llama2` or `llama3` or `llama4`?"),
        ("gema2", "did you mean `gemma2`?"),
        ("lama3.1", "did you mean `llama3.1`?"),
        ("qwen2.5-maths", "did you mean `qwen2.5-math`?"),
        ("Qwen/Qwen2.5-0.5B-Instruct", "--checkpoint Qwen/Qwen2.5-0.5B-Instruct "),
        (
            "Qwen2.5-0.5B-Instruct",
            "--checkpoint Qwen/Qwen2.5-3B-Instruct   # listed by qwen2.5, as are",
        ),
        ("codellama-7b-instruct", "--checkpoint MAKER/codellama-7b-instruct "),
        ("llama3.1-8b", "--checkpoint meta-llama/Llama-3.1-8B-Instruct"),
        ("Llama 3.1 70B", "--checkpoint meta-llama/Meta-Llama-3.1-70B-Instruct"),
        ("gemma-3-27b", "--checkpoint google/gemma-3-27b-it"),
        ("qwen3-4b-2507", "--checkpoint Qwen/Qwen3-4B-Instruct-2507"),
        ("mistral-large", "--checkpoint NAME alone, which works without an adapter"),
        ("gemma3n", "--checkpoint NAME alone, which works without an adapter"),
        ("maker/some-chat", "--checkpoint maker/some-chat "),
        ("zzz", "magpie families "),
        ("", "magpie families "),
    ],
)
def test_names_that_are_none(typed: str, hint: str):
    with pytest.raises(UnknownNameError, match="unknown family") as error:
        PLUGINS.family(typed)
    assert error.value.hint is not None
    assert hint in error.value.hint


def test_of_many_families_the_nearest_are_named():
    with pytest.raises(UnknownNameError) as error:
        PLUGINS.family("gemma3n")
    message = error.value.message
    assert "`gemma3n` (installed: gemma3, gemma4, gemma2, gemma1.1, " in message
    assert f" and {len(PLUGINS.families()) - 8} more, see `magpie families`)" in message
    assert message.count(",") == 8


def test_a_checkpoint_that_no_family_lists_is_told_its_family():
    with pytest.raises(UnknownNameError, match=r"looks like the name of a checkpoint of qwen2\.5"):
        PLUGINS.family("Qwen2.5-0.5B-Instruct")


def test_what_is_switched_off_is_said_to_be(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MAGPIE_DISABLE", "adapter-gemma")
    with pytest.raises(UnknownNameError) as error:
        load_plugins().family("gemma2")
    assert error.value.hint == (
        "`magpie-adapter-gemma` is switched off: take adapter-gemma out of MAGPIE_DISABLE"
    )
