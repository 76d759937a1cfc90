"""Which family a checkpoint is taken for, by all installed adapters together: markers, name, model type.

Templates stand in for real ones with the few words that tell; real ones are read where they are at hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from magpie_core import Checkpoint
from magpie_core.plugins import load_plugins
from magpie_core.testing import golden as goldens
from magpie_core.testing import toys
from magpie_core.testing.contracts.guess import GuessContract, stand_in

ROOT = Path(__file__).parents[1]
PLUGINS = load_plugins()
BOS = "<｜begin▁of▁sentence｜>"
R1 = "<｜User｜><｜Assistant｜>{{ content.split('</think>')[-1] }}"
DEEPSEEK_WORDS = "{{ bos_token }}User: {{ content }}\n\nAssistant:"
TOOLS = "<|im_start|><|im_end|># Tools\\n\\nYou may call one or more functions message.content is string"
QWQ = "<|im_start|><|im_end|># Tools\\n\\nYou may call one or more functions</think><|im_start|>assistant\\n<think>\\n"
PHI4_MINI = "{{ '<|' + role + '|>' + content + '<|end|>' }}<|tool|><|user|><|assistant|>"


def guess(
    name: str, template: str | None, model_type: str | None, bos: str | None = None
) -> str | None:
    tokenizer = toys.byte_level(template, bos=bos, eos="<end>")
    config = {"model_type": model_type} if model_type else {}
    found = PLUGINS.guess_family(
        Checkpoint(name=name, path=name, config=config, tokenizer=tokenizer)
    )
    return found.name if found else None


def own(path: str) -> str:
    """A template written for an adapter's tests, that renders as the real one does."""
    return (ROOT / "adapters" / path).read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "family"),
    [
        (name, family.name)
        for family in PLUGINS.families().values()
        if family.name_pattern
        for name in dict.fromkeys((family.default_checkpoint, *family.checkpoints))
    ],
)
@pytest.mark.parametrize("model_type", [None, "phi3", "qwen2", "llama", "nobody"])
def test_a_name_decides_without_a_template_whatever_the_type(
    name: str, family: str, model_type: str | None
) -> None:
    assert guess(name, None, model_type) == family


@pytest.mark.parametrize(
    ("template", "family"),
    [
        ("Qwen__Qwen2.5-7B-Instruct", "qwen2.5"),
        ("Qwen__Qwen2.5-Math-7B-Instruct", "qwen2.5-math"),
        ("Qwen__Qwen3-8B", "qwen3"),
        ("Qwen__Qwen3-4B-Instruct-2507", "qwen3-2507"),
        ("Qwen__Qwen3.5-4B", "qwen3.5"),
        ("chatml", "chatml"),
        ("google__gemma-2-2b-it", "gemma2"),
        ("google__gemma-3-4b-it", "gemma3"),
        ("google__gemma-4-E2B-it", "gemma4"),
        ("meta-llama__Llama-4-Scout-17B-16E-Instruct", "llama4"),
        ("mistralai__Mistral-Small-24B-Instruct-2501", "mistral-v7-tekken"),
    ],
)
@pytest.mark.parametrize("name", ["my-finetune", "maker/phi-4", "microsoft/Phi-3-mini-4k-instruct"])
@pytest.mark.parametrize("model_type", ["phi3", "nobody", None])
def test_markers_of_real_templates_come_before_name_and_type(
    template: str, family: str, name: str, model_type: str | None
) -> None:
    assert guess(name, goldens.template(template), model_type) == family


@pytest.mark.parametrize(
    ("name", "template", "model_type", "bos", "family"),
    [
        # Phi-4 and Phi-4-mini call themselves phi3.
        ("microsoft/phi-4", "phi/tests/templates/phi4.jinja", "phi3", None, "phi4"),
        ("my-finetune", "phi/tests/templates/phi4.jinja", "phi3", None, "phi4"),
        ("microsoft/Phi-3-mini-4k-instruct", "phi/tests/templates/phi3.jinja", "phi3", None, "phi3-mini"),
        ("microsoft/Phi-3.5-mini-instruct", "phi/tests/templates/phi3.jinja", "phi3", None, "phi3.5-mini"),
        ("microsoft/Phi-3-small-8k-instruct", "phi/tests/templates/phi3-small.jinja", "phi3small", None, "phi3-small"),
        # Yi is a llama with ChatML, and so is not told by either.
        ("01-ai/Yi-1.5-9B-Chat", "yi/tests/templates/yi15.jinja", "llama", "<s>", "yi-1.5"),
        ("my-finetune", "yi/tests/templates/yi15.jinja", "llama", "<s>", "yi-1.5"),
        ("Qwen/Qwen2-7B-Instruct", "qwen/tests/templates/qwen2.jinja", "qwen2", None, "qwen2"),
        ("my-finetune", "llama/tests/templates/llama3.2.jinja", "llama", "<s>", "llama3.2"),
        ("my-finetune", "llama/tests/templates/llama3.jinja", "mistral", "<s>", "llama3"),
        ("my-finetune", "llama/tests/templates/llama2.jinja", "llama", "<s>", "llama2"),
    ],
)  # fmt: skip
def test_templates_of_our_own(
    name: str, template: str, model_type: str, bos: str | None, family: str
) -> None:
    assert guess(name, own(template), model_type, bos) == family


@pytest.mark.parametrize(
    ("name", "template", "model_type", "bos", "family"),
    [
        ("deepseek-ai/DeepSeek-R1", R1, "deepseek_v3", BOS, "deepseek-r1"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", R1, "qwen2", BOS, "deepseek-r1-distill-qwen"),
        ("my-distill", R1, "qwen2", BOS, "deepseek-r1-distill-qwen"),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", R1, "llama", BOS, "deepseek-r1-distill-llama"),
        ("my-distill", R1, "llama", BOS, "deepseek-r1-distill-llama"),
        ("deepseek-ai/deepseek-llm-7b-chat", DEEPSEEK_WORDS, "llama", BOS, "deepseek-llm"),
        ("my-finetune", DEEPSEEK_WORDS, "deepseek_v2", BOS, "deepseek-v2"),
        ("microsoft/Phi-4-mini-instruct", PHI4_MINI, "phi3", None, "phi4-mini"),
        ("my-finetune", PHI4_MINI, "phi3", None, "phi4-mini"),
        ("Qwen/QwQ-32B", QWQ, "qwen2", None, "qwq"),
        # A Qwen 3 vocabulary with DeepSeek's role tokens: neither family's stops and ids are its own.
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", R1, "qwen3", BOS, None),
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", None, "qwen3", BOS, None),
        # Same layout, vocabulary and stops as the 2507 checkpoints: by its template it is one of them ...
        ("Qwen/Qwen3-Next-80B-A3B-Instruct", TOOLS, "qwen3_next", None, "qwen3-2507"),
        # ... but the name alone proves nothing, and Thinking is another format.
        ("Qwen/Qwen3-Next-80B-A3B-Instruct", None, "qwen3_next", None, None),
        ("Qwen/Qwen3-Next-80B-A3B-Thinking", TOOLS + "<think>\\n", "qwen3_next", None, None),
        ("Qwen/Qwen3-Next-80B-A3B-Thinking", None, "qwen3_next", None, None),
        ("Qwen/Qwen3-4B-Thinking-2507", None, "qwen3", None, None),
        ("microsoft/Phi-4-mini-reasoning", None, "phi3", None, None),
        ("microsoft/Phi-4-reasoning", None, "phi3", None, None),
    ],
)
def test_models_under_a_type_that_is_not_theirs(
    name: str, template: str | None, model_type: str, bos: str | None, family: str | None
) -> None:
    assert guess(name, template, model_type, bos) == family


@pytest.mark.parametrize("model_type", ["phi3", "qwen2", "llama", "mistral", "qwen3", "gemma2"])
def test_a_type_says_nothing_where_a_template_nobody_knows_stands(model_type: str) -> None:
    template = "{% for m in messages %}{{ '<<' + m.role + '>>' + m.content + '<end>' }}{% endfor %}"
    assert guess("my-finetune", template, model_type) is None


@pytest.mark.parametrize("model_type", ["phi3", "qwen2", "llama"])
def test_a_type_that_several_families_have_says_nothing(model_type: str) -> None:
    assert guess("my-finetune", None, model_type) is None


class TestTheContractSees:
    """``GuessContract`` fails where a claim of an adapter's test is wrong."""

    MARKED = stand_in("my-finetune", "<|im_start|>user<|im_sep|>")

    @pytest.mark.parametrize(
        ("check", "claim"),
        [
            ("test_ours_are_told", {"ours": ((MARKED, "phi3-mini"),)}),
            ("test_ours_are_told", {"ours": ((MARKED, "phi4"), (MARKED, "phi4"))}),
            ("test_others_are_not_ours", {"others": (MARKED,)}),
            ("test_names_decide_without_a_template", {"named": {"maker/phi-4": "phi3-mini"}}),
            ("test_names_decide_without_a_template", {"named": {"maker/unknown": "phi4"}}),
            ("test_names_that_only_look_like_ours", {"not_named": ("maker/phi-4",)}),
            ("test_what_people_type", {"typed": {"phi4": "phi4-mini"}}),
        ],
    )
    def test_a_wrong_claim(self, check: str, claim: dict[str, Any]) -> None:
        import magpie_adapter_phi

        wrong = type("Wrong", (GuessContract,), {"adapter": magpie_adapter_phi, **claim})
        with pytest.raises(AssertionError):
            getattr(wrong(), check)()

    def test_a_real_template_that_is_taken_for_another(self) -> None:
        import magpie_adapter_qwen

        goldens.template("Qwen__Qwen3-8B")
        claim = {"adapter": magpie_adapter_qwen, "real": {"Qwen__Qwen3-8B": "qwen2.5"}}
        with pytest.raises(AssertionError):
            type("Wrong", (GuessContract,), claim)().test_real_templates()
