"""Labels as people and models write them, brought to the form a schema lists. Knows no tagger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_BETWEEN_WORDS = re.compile(r"[\s_\-/]+")
_AROUND = " \t\r\n.,;:!?\"'`*()[]<>"


def folded(label: str) -> str:
    """``label`` without what two spellings of it differ in: case, white space, punctuation around it."""
    plain = _BETWEEN_WORDS.sub(" ", label.strip(_AROUND)).replace("&", "and")
    return plain.casefold()


def canonical(
    label: Any, choices: Iterable[Any], aliases: Mapping[str, str] | None = None
) -> Any | None:
    """The one of ``choices`` that ``label`` means, or None.

    Args:
        label: what was written; only a text can be another spelling.
        choices: the forms that count.
        aliases: other names, folded, of some of them.
    """
    choices = list(choices)
    if not isinstance(label, str):
        return None
    if label in choices:
        return label
    wanted = folded(label)
    wanted = folded((aliases or {}).get(wanted, wanted))
    return next((one for one in choices if isinstance(one, str) and folded(one) == wanted), None)


def with_canonical_labels(answer: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """``answer`` with every label that is another spelling of one in ``schema`` brought to its form.

    A label that is none of them stays as it is, for the schema to refuse.
    """
    properties = schema.get("properties", {})
    return {key: _settled(value, properties.get(key, {})) for key, value in answer.items()}


def _settled(value: Any, schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return value
    if isinstance(value, list):
        return [_settled(one, schema.get("items", {})) for one in value]
    found = canonical(value, schema.get("enum", ()))
    return value if found is None else found
