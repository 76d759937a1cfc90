"""A configuration as YAML that people read: a comment over each section, in the order it was written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from magpie_core.training.job import Section

WIDTH = 10_000
"""No line is folded: a template is one string, and a path is found by searching for it."""


def yaml_text(head: Iterable[str], sections: Sequence[Section]) -> str:
    """The text of a configuration.

    Args:
        head: lines of comment at the top.
        sections: each with its own comment.
    """
    import yaml

    def text(dumper: Any, value: str) -> Any:
        return dumper.represent_scalar(
            "tag:yaml.org,2002:str", value, style="|" if "\n" in value else None
        )

    # Everything is written out where it stands, and a text of several lines as lines.
    Dumper: Any = type("Dumper", (yaml.SafeDumper,), {"ignore_aliases": lambda *_: True})
    Dumper.add_representer(str, text)
    parts = ["".join(f"# {line}\n" for line in head)]
    for one in sections:
        body = yaml.dump(
            one.settings, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=WIDTH
        )
        parts.append(f"# {one.comment}\n{body}")
    return "\n".join(parts)
