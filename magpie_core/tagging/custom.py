"""Taggers written in a recipe: a prompt and the columns it fills, without code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from magpie_core.errors import SettingsError
from magpie_core.tagger import Tagger
from magpie_core.tagging.prompted import PromptTagger, slots_of
from magpie_core.tagging.schemas import checker, columns_schema

EXAMPLE = """in the recipe:
[taggers.clarity]
prompt = "How clear is this? {instruction}"
columns = { clarity = ["low", "high"] }"""
OWN = frozenset({"conversation_id", "conversations", "id", "index", "instruction", "response"})
"""Columns that every record has: a tagger that fills one would hide it."""


class CustomSection(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``[taggers.NAME]`` of a tagger that no plugin offers."""

    prompt: Annotated[str, msgspec.Meta(min_length=1)]
    """The question, with ``{instruction}``, ``{response}`` or ``{system}``."""
    columns: dict[str, Any] | None = None
    """Short form of the schema: a column's labels, its kind in a word, or its JSON schema."""
    schema: dict[str, Any] | None = None
    """JSON schema of the answer, whose properties are the columns."""
    max_tokens: Annotated[int, msgspec.Meta(ge=1)] = 512


def is_custom(options: Mapping[str, Any]) -> bool:
    """Whether ``[taggers.NAME]`` describes a tagger and is not only options of one."""
    return "prompt" in options


def custom_tagger(name: str, options: Mapping[str, Any]) -> Tagger:
    """The tagger that ``[taggers.NAME]`` describes.

    Raises:
        SettingsError: what is wrong with it.
    """
    try:
        section = msgspec.convert(dict(options), CustomSection)
        schema = _schema(section)
    except (msgspec.ValidationError, ValueError) as error:
        raise SettingsError(f"tagger `{name}`: {error}", hint=EXAMPLE) from error
    slots = slots_of(section.prompt)
    if not {"instruction", "response"} & set(slots):
        raise SettingsError(
            f"tagger `{name}`: its prompt holds neither {{instruction}} nor {{response}}, so every "
            "record would get the same answer",
            hint=EXAMPLE,
        )
    try:
        checker(schema)
    except SettingsError as error:
        raise SettingsError(f"tagger `{name}`: {error.message}", hint=error.hint) from error
    kind: Any = msgspec.defstruct(
        f"Custom_{name}",
        [],
        bases=(PromptTagger,),
        namespace={
            "__doc__": f"The tagger `{name}` of a recipe.",
            "name": name,
            "question": section.prompt,
            "answer": schema,
            "schema": schema,
            "looks_at": "response" if "response" in slots else "instruction",
        },
        module=__name__,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    made: Tagger = kind(max_tokens=section.max_tokens)
    return made


def _schema(section: CustomSection) -> dict[str, Any]:
    if (section.schema is None) == (section.columns is None):
        raise ValueError("it needs either `columns` or `schema`")
    schema = section.schema if section.columns is None else columns_schema(section.columns)
    columns = (schema or {}).get("properties")
    if not isinstance(columns, dict) or not columns:
        raise ValueError("its schema has no `properties`: they are the columns")
    if taken := OWN & set(columns):
        raise ValueError(f"`{min(taken)}` is a column that every record has")
    return {"type": "object", **(schema or {})}
