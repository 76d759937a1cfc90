"""A tokenizer of transformers' own class around a vocabulary of bytes, so that its real sandbox renders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from magpie_core.testing import toys


@pytest.fixture(scope="session")
def build_tokenizer() -> Callable[..., Any]:
    return toys.byte_level
