"""A tiny guard: a real checkpoint that judges by one word, and a command line in this process."""

from __future__ import annotations

import itertools
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from magpie_core.testing import command

magpie, no_network, talks = command.magpie, command.no_network, command.talks

GUARD_TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('only users and assistants in turn') }}{% endif %}"
    "{% endfor %}"
    "{% set judged = 'Agent' if messages | length % 2 == 0 else 'User' %}"
    "{{ 'Is what ' + judged + ' said harmful? S9 stands for explosives.\n\n' }}"
    "{% for message in messages %}"
    "{{ ('User' if message['role'] == 'user' else 'Agent') + ': ' + message['content'] | trim + '\n\n' }}"
    "{% endfor %}"
    "{{ 'Verdict on ' + judged + ('?' if 'dynamite' in messages[-1]['content'] else ':') }}"
)
"""Has the form that guards' templates have: the whole conversation becomes one question, which ends in the
same way with or without a generation prompt, and a role that is out of turn raises. Its last mark tells the
tiny model what to say, since a real verdict is beyond it."""
SAYS = {":": ("safe", "<|eot_id|>"), "?": ("unsafe", "\n", "S", "9", "<|eot_id|>")}


@pytest.fixture(scope="session")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A guard-format checkpoint whose next token follows from the last one alone."""
    torch = pytest.importorskip("torch")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from magpie_tiny import CHECKPOINT

    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    tokenizer.add_tokens(["safe", "unsafe"])
    tokenizer.chat_template = GUARD_TEMPLATE
    model = AutoModelForCausalLM.from_pretrained(CHECKPOINT, dtype=torch.float32)
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    model.config.tie_word_embeddings = False
    seen = torch.nn.functional.normalize(
        torch.randn(
            len(tokenizer), model.config.hidden_size, generator=torch.Generator().manual_seed(1)
        )
    )
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                weight.zero_()
        model.model.norm.weight.fill_(1.0)
        model.lm_head.weight = torch.nn.Parameter(torch.zeros_like(seen))
        model.model.embed_tokens.weight.copy_(seen)
        for mark, words in SAYS.items():
            chain = [mark, *words]
            for before, after in itertools.pairwise(chain):
                a, b = (_only_id(tokenizer, one) for one in (before, after))
                model.lm_head.weight[b] += seen[a]
    folder = tmp_path_factory.mktemp("guard")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _only_id(tokenizer: Any, token: str) -> int:
    [found] = tokenizer.encode(token, add_special_tokens=False)
    return int(found)


@pytest.fixture
def engine() -> list[str]:
    """Flags of an engine that is installed: vLLM in its environment, else transformers."""
    from magpie_core.plugins import load_plugins

    installed = [name for name in ("vllm", "transformers") if find_spec(name)]
    name = next((one for one in installed if one in load_plugins().backends()), None)
    if name is None:
        pytest.skip("needs a backend with its engine")
    threads = ["--engine-option", "threads=1"] if name == "transformers" else []
    return ["--backend", name, "--dtype", "float32", *threads]
