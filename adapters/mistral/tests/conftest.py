"""Toy tokenizers with the special tokens of these families."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from magpie_core.testing import toys


@pytest.fixture
def byte_level() -> Callable[..., Any]:
    """Builds a byte-level BPE with BOS ``<s>`` and EOS ``</s>``."""
    return toys.byte_level


@pytest.fixture
def sentence_piece() -> Callable[..., Any]:
    """Builds a BPE whose words carry the space before them, as in Mistral 7B."""
    return toys.sentence_piece


@pytest.fixture
def own_template() -> Callable[[str], str]:
    """Reads a template written for these tests."""
    return toys.templates_beside(__file__)
