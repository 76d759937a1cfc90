"""Each architecture computes what the trained weights compute, in transformers' own classes."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForCausalLM

from magpie_tiny_families.architectures import ARCHITECTURES
from magpie_tiny_families.catalogue import MEMBERS, Stem
from magpie_tiny_families.stems import HEAD, load_stem, save_stem

STEMS: dict[str, Stem] = {member.architecture: member.stem for member in MEMBERS}
STEMS["mixtral"] = "llama"
OWN: dict[Stem, str] = {"llama": "llama", "gemma": "gemma2"}
CLOSE = {"gemma": 0.05}
"""Architectures that only come close, and how far off they may be (nats per token)."""


@pytest.fixture(scope="module")
def tokens() -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    return torch.randint(16, 3000, (3, 70), generator=random)


@torch.no_grad()
def log_probabilities(architecture: str, stem: Stem, tokens: torch.Tensor) -> torch.Tensor:
    config, weights = ARCHITECTURES[architecture](load_stem(stem))
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    model.load_state_dict(weights)
    return model(tokens).logits.log_softmax(-1)


def test_every_architecture_is_tested() -> None:
    assert set(STEMS) == set(ARCHITECTURES)


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_the_same_function(architecture: str, tokens: torch.Tensor) -> None:
    stem = STEMS[architecture]
    expected = log_probabilities(OWN[stem], stem, tokens)
    got = log_probabilities(architecture, stem, tokens)
    divergence = (expected.exp() * (expected - got)).sum(-1).mean().item()
    assert divergence < CLOSE.get(architecture, 1e-6)


def test_positions_matter(tokens: torch.Tensor) -> None:
    """The comparison above would be blind to rotary positions if the stem were."""
    got = log_probabilities("llama", "llama", tokens)
    turned = log_probabilities("llama", "llama", tokens.flip(1)).flip(1)
    assert (got - turned).abs().max() > 1


def test_eight_bits_are_close_to_what_was_saved(tmp_path: object) -> None:
    weights = load_stem("llama")
    again = tmp_path / "again.safetensors"  # type: ignore[operator]
    save_stem(weights, again)
    from safetensors.torch import load_file

    stored = load_file(again)
    assert HEAD not in stored
    name = "model.layers.0.mlp.up_proj.weight"
    rebuilt = stored[name].float() * stored[name + ".scale"]
    assert torch.allclose(rebuilt, weights[name], atol=1e-6)
