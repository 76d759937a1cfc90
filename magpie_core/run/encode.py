"""Structs and columns to JSON that always can be read back. Knows neither files nor folders."""

from __future__ import annotations

from typing import Any

import msgspec

from magpie_core.errors import PluginError


def plain(value: Any) -> Any:
    """What msgspec calls for a value it does not know: numpy and torch scalars and arrays, paths.

    Plugins put what their libraries return into ``Record.extra``; a ``float32`` there is no reason
    to end a run.
    """
    for method in ("tolist", "item", "__fspath__"):
        if callable(getattr(value, method, None)):
            return getattr(value, method)()
    raise PluginError(
        f"a column holds a `{type(value).__module__}.{type(value).__qualname__}`, "
        "which JSON cannot hold",
        hint="the filter or tagger that adds it must return text, numbers, lists or dicts",
    )


_encoder = msgspec.json.Encoder(enc_hook=plain)


def encode(value: Any) -> bytes:
    """JSON in UTF-8 on one line. A lone surrogate, which UTF-8 has no bytes for, becomes U+FFFD.

    Raises:
        PluginError: a plugin's column cannot be written as JSON.
    """
    try:
        try:
            return _encoder.encode(value)
        except UnicodeEncodeError:
            return _encoder.encode(mend(msgspec.to_builtins(value, enc_hook=plain)))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise PluginError(
            f"a column cannot be written as JSON: {error}",
            hint="the filter or tagger that adds it must return text, numbers, lists or dicts",
        ) from error


def mend(value: Any) -> Any:
    """``value`` with every lone surrogate in its texts replaced; a surrogate pair becomes its character."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {mend(key): mend(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [mend(one) for one in value]
    return value
