"""From the names a user types to taggers with their options. Loads no engine."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from magpie_core.choices import unknown
from magpie_core.configured import configured
from magpie_core.errors import SettingsError, UsageError
from magpie_core.plugins import Plugins
from magpie_core.tagger import Tagger
from magpie_core.tagging.custom import custom_tagger, is_custom

FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""A name becomes a folder, ``tags/NAME``."""


def choose_taggers(
    names: Sequence[str], sections: Mapping[str, Mapping[str, Any]], plugins: Plugins
) -> list[Tagger]:
    """One tagger for each name, once each, in the order given.

    Args:
        names: of plugins' taggers, or of those that ``sections`` describe.
        sections: ``[taggers.NAME]`` of a recipe: options, or a prompt and its columns.
        plugins: what is installed.

    Raises:
        UnknownNameError: nobody offers a name.
        SettingsError: options that do not fit.
        UsageError: two of them cannot be used together, or none is named.
    """
    offered = plugins.taggers()
    if not names:
        known = ", ".join([*offered, *(one for one in sections if is_custom(sections[one]))])
        raise UsageError(
            f"no tagger named (there are: {known or 'none'})",
            hint="magpie tag SOURCE quality"
            if "quality" in offered
            else "pip install magpie-tagger-llm",
        )
    chosen = [one_tagger(name, sections, plugins) for name in dict.fromkeys(names)]
    _require_one_kind_of_engine(chosen)
    return chosen


def one_tagger(name: str, sections: Mapping[str, Mapping[str, Any]], plugins: Plugins) -> Tagger:
    """The tagger called ``name``.

    Raises:
        UnknownNameError: nobody offers it.
        SettingsError: options that do not fit.
    """
    offered = plugins.taggers()
    options = sections.get(name, {})
    if is_custom(options) and name not in offered:
        if not FOLDER_NAME.fullmatch(name):
            raise SettingsError(
                f"tagger `{name}` cannot name a folder", hint="letters, digits, - and _"
            )
        return custom_tagger(name, options)
    if name not in offered:
        raise unknown(
            "tagger", name, [*offered, *(one for one in sections if is_custom(sections[one]))]
        )
    return configured("tagger", name, offered[name], options)


def _require_one_kind_of_engine(taggers: Sequence[Tagger]) -> None:
    """One call loads one checkpoint, and it either answers or scores."""
    by_need: dict[str, list[str]] = {}
    for one in taggers:
        if one.needs is not None:
            by_need.setdefault(one.needs, []).append(one.name)
    if len(by_need) > 1:
        answering, scoring = by_need["answer"], by_need["score"]
        raise UsageError(
            f"`{answering[0]}` needs a checkpoint that answers, `{scoring[0]}` one that scores, and one "
            "call loads one checkpoint",
            hint=f"magpie tag SOURCE {' '.join(answering)} --checkpoint C; "
            f"magpie tag SOURCE {' '.join(scoring)} --checkpoint REWARD-MODEL",
        )
