"""Refuse JSON schemas that SGLang would not keep, or that could end it, before it sees them.

SGLang's compiler (xgrammar) turns most bad schemas down by itself, for that request alone. It takes some
without keeping them, and says so in its log only; and it follows nesting by recursion, in its own process.
"""

from __future__ import annotations

import json
from typing import Any

from magpie_core import RequestError

DEEPEST = 64
"""Levels of nesting; far above what a schema of ours has, far below what a recursive parser survives."""


def schema_text(schema: dict[str, Any]) -> str:
    """``schema`` as the JSON string that SGLang wants.

    Raises:
        RequestError: it is no JSON, is nested too deeply, or holds what the compiler ignores.
    """
    try:
        _check(schema, 0)
        text = json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise RequestError(f"the JSON schema cannot be written as JSON: {error}") from error
    if "\\u0000" in text:
        raise RequestError("the JSON schema holds a NUL character")
    return text


def _check(part: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise RequestError(f"the JSON schema is nested more than {DEEPEST} levels deep")
    if isinstance(part, dict):
        reference = part.get("$ref")
        if isinstance(reference, str) and reference != "#" and not reference.startswith("#/"):
            raise RequestError(f"the JSON schema refers to `{reference}`, outside itself")
        several = part.get("allOf")
        if isinstance(several, list) and len(several) > 1:
            raise RequestError("the JSON schema has an `allOf` of several, which xgrammar ignores")
        for one in part.values():
            _check(one, depth + 1)
    elif isinstance(part, list):
        for one in part:
            _check(one, depth + 1)
