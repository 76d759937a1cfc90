"""``magpie probe CHECKPOINT --as-family``: a checkpoint's derived facts as Python, ready to paste.

What can be read off a checkpoint is filled in; policy (aliases, sampling, cleaners) is its author's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any, Literal

import click
import msgspec

from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import date_variables, derive_from_tokenizer, writes_date
from magpie_core.checkpoint import Checkpoint
from magpie_core.cli.console import print_json, visible
from magpie_core.cli.load import plugins_with_warnings
from magpie_core.errors import UsageError
from magpie_core.family import Family
from magpie_core.opening import open_named
from magpie_core.plugins import Plugins
from magpie_core.resolve import stop_strings, stop_token_ids
from magpie_core.run.recipe import Recipe

WIDTH = 100
"""Longest line, as in this repository's settings of ruff."""
INDENT = " " * 4
MOST_IDS = 16
"""Ids of a longer pre-query, one with a default system block, fill a page and tell nobody anything."""
_SIZE_OR_KIND = re.compile(r"\d+(\.\d+)?[bmk]|\d+x\d+b|a\d+b|instruct|chat|it|hf", re.IGNORECASE)
"""Parts of a checkpoint's name that tell its size or tuning, not its family."""


def family_from(
    checkpoint: Checkpoint,
    others: Iterable[Family] = (),
    *,
    form: Literal["default", "bare"] = "default",
    variables: dict[str, Any] | None = None,
    name: str | None = None,
) -> Family:
    """The facts of ``checkpoint`` that its template, vocabulary and configuration tell.

    Args:
        checkpoint: an opened checkpoint.
        others: families whose tokens are no sign of this one.
        form: what instructions are to be sampled from.
        variables: passed to the template, such as ``date_string``.
        name: of the family; made of the checkpoint's otherwise.

    Raises:
        ChatTemplateError: there is no template, or it cannot be taken apart.
    """
    tokenizer = checkpoint.tokenizer
    chat = derive_from_tokenizer(tokenizer, **(variables or {}))
    known = {field.name for field in msgspec.structs.fields(Family)}
    pieces = {k: v for k, v in msgspec.structs.asdict(chat).items() if k in known and k != "source"}
    for piece, same in (
        ("pre_query_bare", chat.pre_query),
        ("user_to_assistant_history", chat.user_to_assistant),
    ):
        if pieces[piece] == same:
            pieces[piece] = None
    stops = [one for one in stop_token_ids(checkpoint, None, chat) if one < len(tokenizer)]
    bare = form == "bare" and pieces["pre_query_bare"] is not None
    ids = Prompts(chat, tokenizer, bare=bare).for_instruction()
    parts, pattern = _name_parts(checkpoint.name)
    return Family(
        name=name or "-".join(parts).lower(),
        title=" ".join(parts),
        **pieces,
        form="bare" if bare else "default",
        pre_query_ids=tuple(ids) if len(ids) <= MOST_IDS else None,
        stop_tokens=tuple(map(str, tokenizer.convert_ids_to_tokens(stops))),
        stop_token_ids=tuple(stops),
        stop_strings=stop_strings(checkpoint, None, chat),
        default_checkpoint=checkpoint.name,
        template_markers=_markers(checkpoint, others),
        name_pattern=pattern,
        model_types=(checkpoint.model_type,) if checkpoint.model_type else (),
        date_dependent=writes_date(tokenizer),
        source=f"derived from the chat template of {_public_name(checkpoint.name)}",
    )


def as_python(family: Family, notes: Iterable[str] = ()) -> str:
    """A module that defines ``family``, formatted as ruff would, without fields that have their default."""
    about = re.sub(r'["\\]', "", family.title)
    lines = [f'"""{about}: facts and policy."""', "", "from magpie_core import Family", ""]
    lines += [f"# {note}" for note in notes]
    constant = re.sub(r"\W+", "_", family.name.upper()).strip("_")
    lines.append(f"{constant if constant.isidentifier() else 'FAMILY'} = Family(")
    for field in msgspec.structs.fields(Family):
        value = getattr(family, field.name)
        if field.required or value != field.default or field.name in ("status", "source"):
            lines += _assignment(field.name, value)
    return "\n".join([*lines, ")"]) + "\n"


def notes_on(family: Family, fitting: Family | None) -> list[str]:
    """What the author of an adapter should know of the derived facts, a line each."""
    notes = ["Yours to decide: aliases, sampling, cleaners, quirks; then status and source."]
    if not family.template_markers:
        notes.append("No token of its template is its own: tell it apart in magpie_guess_family.")
    if _is_folder(family.default_checkpoint):
        notes.append(
            "Its checkpoint is a folder here: give its hub id before others use the adapter."
        )
    if fitting is not None:
        notes.append(f"The installed family `{fitting.name}` already fits this checkpoint.")
    return notes


def print_family(recipe: Recipe, *, name: str | None, as_json: bool) -> None:
    """Open the recipe's checkpoint, derive its facts and print them as Python, or as JSON.

    Args:
        recipe: what the flags say.
        name: of the family; made of the checkpoint's otherwise.
        as_json: print JSON.

    Raises:
        UsageError: an option was given that says what the facts are to be.
        CheckpointError: the checkpoint cannot be opened, or its chat template not be taken apart.
    """
    run, asked = recipe.run, recipe.response.thinking
    given = {"--family": run.family, "--format": run.format, "--thinking": asked}
    if wrong := [option for option, value in given.items() if value is not None]:
        raise UsageError(
            f"--as-family derives the facts, so {' and '.join(wrong)} cannot be given with it",
            hint=f"magpie probe {run.checkpoint} --as-family",
        )
    family, notes = derived_family(recipe, plugins_with_warnings(), name=name)
    if as_json:
        print_json(msgspec.to_builtins(family))
    else:
        click.echo(visible(as_python(family, notes)), nl=False)


def derived_family(
    recipe: Recipe, plugins: Plugins, *, name: str | None = None
) -> tuple[Family, list[str]]:
    """The facts of the recipe's checkpoint, and what their author should know.

    Raises:
        CheckpointError: it cannot be opened, or its chat template not be taken apart.
    """
    run = recipe.run
    checkpoint = open_named(
        run.checkpoint or "", plugins.models(), trust_remote_code=run.trust_remote_code
    )
    family = family_from(
        checkpoint,
        plugins.families().values(),
        form=run.form or "default",
        variables=date_variables(run.date),
        name=name,
    )
    return family, notes_on(family, plugins.guess_family(checkpoint))


def _public_name(checkpoint: str) -> str:
    """``checkpoint``; of a folder only the last part: where it lies is nobody's business."""
    return os.path.basename(os.path.abspath(checkpoint)) if _is_folder(checkpoint) else checkpoint


def _is_folder(checkpoint: str) -> bool:
    return os.path.isdir(os.path.expanduser(checkpoint))


def _name_parts(checkpoint: str) -> tuple[list[str], str]:
    """Parts of the name that are the family's, and a pattern that finds them in other sizes' names."""
    tail = os.path.basename(os.path.abspath(checkpoint))
    every = re.split(r"[-_\s]+", tail)
    kept = [part for part in every if part and not _SIZE_OR_KIND.fullmatch(part)] or every
    pattern, gap = "", False
    for part in every:
        if part not in kept:
            gap = True
            continue
        pattern += ((".*" if gap else "[-_]?") if pattern else "") + re.escape(part.lower())
        gap = False
    return kept, pattern


def _markers(checkpoint: Checkpoint, others: Iterable[Family]) -> tuple[str, ...]:
    """Special tokens that the template's source holds and that stand in no other family's facts."""
    tokenizer = checkpoint.tokenizer
    added = [str(one) for one in getattr(tokenizer, "added_tokens_decoder", {}).values()]
    ends = {tokenizer.bos_token, tokenizer.eos_token}
    elsewhere = "\n".join(str(msgspec.to_builtins(one)) for one in others)
    template = checkpoint.chat_template or ""
    own = dict.fromkeys(one for one in added if one in template and one not in elsewhere)
    return tuple(one for one in own if one not in ends)


def _assignment(name: str, value: Any) -> list[str]:
    """``name=value,`` inside the call, over as many lines as it takes."""
    if isinstance(value, str):
        raw = name == "name_pattern" and "\\" in value and '"' not in value
        return _string(f"{INDENT}{name}=", f'r"{value}"' if raw else None, value)
    if isinstance(value, tuple):
        items = [_quoted(one) if isinstance(one, str) else repr(one) for one in value]
        short = f"{INDENT}{name}=({', '.join(items)}{',' if len(items) == 1 else ''}),"
        if len(short) <= WIDTH:
            return [short]
        return [f"{INDENT}{name}=(", *(f"{INDENT * 2}{item}," for item in items), f"{INDENT}),"]
    return [f"{INDENT}{name}={value!r},"]


def _string(start: str, written: str | None, text: str) -> list[str]:
    """A string as an argument; one too long for a line is cut behind a space or a newline."""
    whole = f"{start}{written or _quoted(text)},"
    if len(whole) <= WIDTH or written:
        return [whole]
    lines, room = [], WIDTH - len(start)
    while text:
        part = _longest_part(text, room - 1)
        lines.append(_quoted(part))
        text, room = text[len(part) :], WIDTH - len(INDENT)
    return [start + lines[0], *(INDENT + line for line in lines[1:-1]), f"{INDENT}{lines[-1]},"]


def _longest_part(text: str, room: int) -> str:
    """As much of ``text`` as fits into ``room`` when quoted, ending where a word does if it can."""
    size = len(text)
    while size > 1 and len(_quoted(text[:size])) > room:
        size -= 1
    if size == len(text):
        return text
    cut = max(text.rfind(" ", 0, size), text.rfind("\n", 0, size), text.rfind(">", 0, size))
    return text[: cut + 1] if cut > size // 2 else text[:size]


def _quoted(text: str) -> str:
    """A Python literal in double quotes, or in single ones where that saves escapes, as ruff writes it."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    plain = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\", quote: "\\" + quote}
    inner = "".join(
        plain.get(char) or (char if char.isprintable() else repr(char)[1:-1]) for char in text
    )
    return f"{quote}{inner}{quote}"
