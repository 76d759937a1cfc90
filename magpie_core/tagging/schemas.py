"""JSON schemas of answers and columns: short forms, the check of a value, the schema in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from magpie_core.errors import SettingsError

KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string", "minLength": 1, "maxLength": 400},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
}
"""Short forms of a column. A text has an end, so that a small model's does."""


def columns_schema(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object with these columns, all of them required and no other.

    Args:
        columns: by name: a word of ``KINDS``, a list of labels in ascending order, or a JSON schema.

    Raises:
        ValueError: a short form nobody knows.
    """
    return object_of({name: _column(name, form) for name, form in columns.items()})


def object_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object with exactly these properties."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _column(name: str, form: Any) -> dict[str, Any]:
    if isinstance(form, Mapping):
        return dict(form)
    if isinstance(form, list) and form and all(isinstance(one, str) and one for one in form):
        return {"enum": list(form)}
    if isinstance(form, str) and form in KINDS:
        return dict(KINDS[form])
    known = ", ".join(f'"{one}"' for one in KINDS)
    raise ValueError(
        f"`{name}`: {form!r} is no column (known: {known}, a list of labels, a JSON schema)"
    )


def checker(schema: Mapping[str, Any]) -> Callable[[Any], str | None]:
    """A function that says what is wrong with a value: a sentence, or None when it satisfies ``schema``.

    Raises:
        SettingsError: ``schema`` is no JSON schema.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError, best_match

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise SettingsError(
            f"no JSON schema: {error.message} (at {error.json_path})",
            hint='schema = { type = "object", properties = { clarity = { enum = ["low", "high"] } } }',
        ) from error
    validator = Draft202012Validator(dict(schema))

    def wrong(value: Any) -> str | None:
        error = best_match(validator.iter_errors(value))
        if error is None:
            return None
        where = ".".join(map(str, error.absolute_path))
        return f"{where}: {error.message}" if where else str(error.message)

    return wrong


def in_words(schema: Mapping[str, Any]) -> str:
    """What an answer must look like, for a prompt: one line for each key, in order.

    A property's ``description`` says what belongs there.
    """
    lines = [
        "Answer with one JSON object and nothing else: no code fence, no words around it. "
        "It has exactly these keys, in this order:"
    ]
    for name, column in schema.get("properties", {}).items():
        meaning = column.get("description")
        lines.append(f'- "{name}": {_form(column)}' + (f"; {meaning}" if meaning else ""))
    return "\n".join(lines)


def _form(column: Mapping[str, Any]) -> str:
    if "enum" in column:
        return "one of " + ", ".join(f'"{one}"' for one in column["enum"])
    if column.get("type") == "array":
        inner = column.get("items", {})
        return f"a list, which may be empty, each item {_form(inner) if inner else 'a value'}"
    if column.get("type") == "string":
        most = column.get("maxLength")
        return f"a text of at most {most} characters" if most else "a text"
    words = {"boolean": "true or false", "integer": "a whole number", "number": "a number"}
    bounds = [
        f"{word} {column[key]}"
        for key, word in (("minimum", "at least"), ("maximum", "at most"))
        if key in column
    ]
    return ", ".join([words.get(str(column.get("type")), "a value"), *bounds])
