"""Toy tokenizers with the special tokens of these families."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from magpie_core.testing import toys


@pytest.fixture
def byte_level() -> Callable[..., Any]:
    """Builds a byte-level BPE with the BOS and EOS of Llama 3."""
    return partial(toys.byte_level, bos="<|begin_of_text|>", eos="<|eot_id|>")


@pytest.fixture
def sentence_piece() -> Callable[..., Any]:
    """Builds a BPE whose words carry the space before them, as in Llama 2."""
    return toys.sentence_piece


@pytest.fixture
def own_template() -> Callable[[str], str]:
    """Reads a template written for these tests."""
    return toys.templates_beside(__file__)
