"""Which chat format a model is trained in: the one the data was made with, or one that is named."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

import msgspec

from magpie_core.chat.format import ChatFormat
from magpie_core.chat.template import derive_from_tokenizer
from magpie_core.checkpoint import Checkpoint
from magpie_core.dataset.source import RunSource, Source
from magpie_core.errors import ChatTemplateError, UsageError
from magpie_core.opening import open_named
from magpie_core.plugins import Plugins
from magpie_core.run.atomic import storage_errors
from magpie_core.run.kind import kind_of
from magpie_core.run.manifest import read_manifest
from magpie_core.run.stored import read_stored

TEMPLATE_FILES = (".jinja", ".j2")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A chat format, and where it comes from."""

    format: ChatFormat
    origin: str
    """For people: ``the run``, ``family llama3``, ``checkpoint `X` ``, ``file `F` ``."""
    of_the_run: bool = False
    """Whether it is the one that the data were made in."""
    written: str | None = None
    """The template itself, where a file was named: it is used as it is."""


def made_with(source: Source) -> str | None:
    """The checkpoint that wrote the responses of ``source``; None where that was elsewhere.

    Raises:
        RunFolderError: its run.toml was edited into something that cannot be used.
    """
    manifest = _manifest(source)
    return None if manifest is None else read_stored(manifest, str(source.path)).response.checkpoint


def find_format(
    asked: str | None, source: Source | None, base: Checkpoint | None, plugins: Plugins
) -> Found:
    """The format to train in.

    Args:
        asked: what the user named: a template file, a checkpoint, a short name, or a family.
        source: the data; a run knows the format its responses were made in.
        base: the checkpoint that is trained, where it can be opened.
        plugins: what is installed.

    Raises:
        UsageError: nothing says which format, or a file cannot be used here.
        ChatTemplateError: a template that cannot be taken apart.
        CheckpointError: what was named cannot be opened.
    """
    if asked is not None:
        return _named(asked, base, plugins)
    manifest = _manifest(source) if source is not None else None
    if manifest is not None:
        stored = read_stored(manifest, str(source.path if source else ""))
        return Found(
            format=stored.response.chat_format.answering(),
            origin=f"the run, made with `{stored.response.checkpoint}`",
            of_the_run=True,
        )
    if base is not None and base.chat_template:
        return Found(
            format=derive_from_tokenizer(base.tokenizer), origin=f"checkpoint `{base.name}`"
        )
    why = "has no template" if base is not None else "cannot be looked at here"
    raise UsageError(
        f"in which chat format? The data were not made by `magpie run`, and the checkpoint {why}",
        hint="--chat-template CHECKPOINT, FAMILY or FILE.jinja, such as --chat-template chatml",
    )


def _manifest(source: Source | None) -> dict[str, Any] | None:
    """run.toml of a run that was generated."""
    if not isinstance(source, RunSource):
        return None
    manifest = read_manifest(source.path)
    return manifest if kind_of(manifest) == "run" else None


def _named(asked: str, base: Checkpoint | None, plugins: Plugins) -> Found:
    path = Path(os.path.expanduser(asked))
    if path.suffix.lower() in TEMPLATE_FILES:
        return _from_file(path, base)
    if path.exists() or "/" in asked or asked in plugins.models():
        opened = open_named(asked, plugins.models(), trust_remote_code=False)
        return Found(format=derive_from_tokenizer(opened.tokenizer), origin=f"checkpoint `{asked}`")
    family = plugins.family(asked)
    return Found(format=family.chat_format(), origin=f"family {family.name}")


def _from_file(path: Path, base: Checkpoint | None) -> Found:
    with storage_errors(path, "read"):
        text = path.read_text("utf-8")
    if base is None:
        raise UsageError(
            f"`{path}` can only be tried with the tokenizer of the checkpoint that is trained, which cannot "
            "be opened here",
            hint="download it first, or name a family: --chat-template chatml",
        )
    import copy

    tokenizer = copy.copy(base.tokenizer)
    tokenizer.chat_template = text
    try:
        found = derive_from_tokenizer(tokenizer)
    except ChatTemplateError as error:
        error.hint = f"look at {shlex.quote(str(path))}, or name a checkpoint: --chat-template C"
        raise
    return Found(format=found, origin=f"file `{path}`", written=text)
