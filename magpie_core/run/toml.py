"""TOML as people and other programs leave it: what it cannot be is one kind of error. Knows no setting."""

from __future__ import annotations

import tomllib
from typing import Any


def parse_toml(text: str) -> dict[str, Any]:
    """``text`` as a document.

    Raises:
        TOMLDecodeError: it is none; Python's own parser has other errors for what is too long or too deep.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError as error:
        raise tomllib.TOMLDecodeError("it is nested too deeply") from error
    except ValueError as error:  # CPython's bound on the digits of a number
        raise tomllib.TOMLDecodeError("a number has more digits than can be read") from error
