"""Write docs/families.md from the families of this repository's adapters."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from magpie_core import Family
from magpie_core.cli.family_facts import (
    DEFAULT_SLOT,
    facts,
    literal,
    sampled_from,
    shortened,
    stop_tokens,
)
from magpie_core.known import ADAPTERS
from magpie_core.plugins import load_plugins

CORE = "magpie-core"
MOST_IN_A_CELL = 30
"""Characters of a default system prompt that still fit a table's cell."""
HEAD = f"""# Model families

Written by `make docs` from the installed families; do not edit. `magpie families` lists what is
installed on your machine, `magpie families NAME` shows one family, and `magpie probe CHECKPOINT` what
a checkpoint's own template writes, which is what runs use. To add one: [Adding a family](adding-a-family.md).

Tokens stand as the template writes them: `\\n` is a newline, `␣` a space at the beginning or end of a
piece, `{{system}}` the place of a system prompt of yours, `{DEFAULT_SLOT}` that of the family's own where
it is too long to repeat. A space at the end of a pre-query is never sampled from: prompts are cut
between two tokens.

*verified*: the facts rebuild what the checkpoint's own template writes, character for character.
*partly*: checked against a copy or a close relative, or some facts, token ids mostly, rest on documents.
*unverified*: documents only. Every section names its source.
"""


def main() -> None:
    """Write the page."""
    Path(__file__).with_name("families.md").write_text(page(), encoding="utf-8")


def page() -> str:
    """The page's text."""
    return "\n".join([HEAD, _overview(_families()), *_sections(_families())])


def _families() -> list[tuple[str, Family]]:
    """Distribution and family, of this repository only, whatever else is installed."""
    plugins = load_plugins()
    ours = {CORE, *(distribution for distribution, _ in ADAPTERS)}
    found = [
        (plugins.offers_family(name).distribution, f) for name, f in plugins.families().items()
    ]
    return sorted(
        (pair for pair in found if pair[0] in ours), key=lambda pair: (pair[0], pair[1].name)
    )


def _overview(families: list[tuple[str, Family]]) -> str:
    heads = ("family", "default checkpoint", "facts", "instructions are sampled from")
    heads += ("an answer opens with", "turns end by")
    rows = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for _, one in families:
        cells = [
            f"[`{one.name}`](#{_anchor(one)})",
            f"`{one.default_checkpoint}`",
            one.status,
            literal(shortened(sampled_from(one), one, MOST_IN_A_CELL)),
            literal(one.user_to_assistant),
            _turn_end(one),
        ]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _turn_end(family: Family) -> str:
    """The token between an answer and the next turn, with its id; else the first that ends one."""
    shown = dict(zip(family.stop_tokens, stop_tokens(family), strict=True))
    ends = [text for token, text in shown.items() if family.turn_append.lstrip().startswith(token)]
    return (ends or [*shown.values(), *map(literal, family.stop_strings)])[0]


def _sections(families: list[tuple[str, Family]]) -> list[str]:
    parts = []
    for distribution, members in groupby(families, key=lambda pair: pair[0]):
        parts.append(f"## {distribution}\n")
        parts += [_section(family) for _, family in members]
    return parts


def _section(family: Family) -> str:
    lines = [f"### {family.name}\n"]
    for label, text in facts(family):
        lines.append(f"- {text}" if label == "note" else f"- **{label}**: {text}")
    return "\n".join(lines) + "\n"


def _anchor(family: Family) -> str:
    """As GitHub makes it of the heading: dots go."""
    return family.name.replace(".", "")


if __name__ == "__main__":
    main()
