"""Toy tokenizers with the special tokens of these families."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from magpie_core.testing import toys


@pytest.fixture
def byte_level() -> Callable[..., Any]:
    """Builds a byte-level BPE with the BOS and EOS of DeepSeek, and a word that carries its space."""
    return partial(
        toys.byte_level,
        bos="<｜begin▁of▁sentence｜>",
        eos="<｜end▁of▁sentence｜>",
        merges=(toys.TWO_NEWLINES, ("Ġ", "H")),
    )


@pytest.fixture
def own_template() -> Callable[[str], str]:
    """Reads a template written for these tests."""
    return toys.templates_beside(__file__)
