"""The template trained in, against real templates and those of every family's tiny checkpoint."""

from __future__ import annotations

import pytest

from magpie_core.chat.template import derive_from_tokenizer
from magpie_core.opening import open_named
from magpie_core.plugins import load_plugins
from magpie_core.record import Turn
from magpie_core.testing import golden as goldens
from magpie_core.testing import toys
from magpie_core.training.fidelity import first_difference
from magpie_core.training.pieces import pieces_of

MODELS = {name: one for name, one in load_plugins().models().items() if name.startswith("tiny-")}
EMPTY_REASONING = {"Qwen__Qwen3-8B", "Qwen__Qwen3.5-4B"}
ONE = [Turn("user", "Why?"), Turn("assistant", "So.")]
TWO = [*ONE, Turn("user", "And now?"), Turn("assistant", "Then this.")]


@pytest.mark.parametrize("name", MODELS)
def test_conversations_are_written_as_the_checkpoint_does(name):
    tokenizer = open_named(name, MODELS, trust_remote_code=False).tokenizer
    if not tokenizer.chat_template:
        pytest.skip("its makers publish no template")
    pieces = pieces_of(derive_from_tokenizer(tokenizer))
    assert first_difference(tokenizer, pieces, [ONE, TWO]) is None


@pytest.mark.parametrize("name", goldens.template_names())
def test_conversations_are_written_as_real_templates_do(name):
    """But for an empty reasoning, which two write before the last answer only: no prompt has it."""
    golden = goldens.golden(name)
    tokenizer = toys.byte_level(goldens.template(name), bos=golden.bos, eos=golden.eos)
    pieces = pieces_of(derive_from_tokenizer(tokenizer))
    parted = first_difference(tokenizer, pieces, [ONE, TWO])
    if name in EMPTY_REASONING:
        assert parted is not None
        assert parted.startswith(repr("<think>\n\n</think>\n\nSo.")[:-1])
    else:
        assert parted is None


def test_system_prompts_too():
    """In one of each way of placing them."""
    for name in ("meta-llama__Llama-3.3-70B-Instruct", "google__gemma-3-4b-it"):
        golden = goldens.golden(name)
        tokenizer = toys.byte_level(goldens.template(name), bos=golden.bos, eos=golden.eos)
        pieces = pieces_of(derive_from_tokenizer(tokenizer))
        assert first_difference(tokenizer, pieces, [[Turn("system", "Be kind."), *TWO]]) is None
