"""Every name of a new plugin, made of its kind and the one name people give. No file access."""

from __future__ import annotations

import keyword
import re
import unicodedata
from dataclasses import dataclass

from magpie_core.errors import UsageError

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""What can stand in the name of a distribution, of a module and of an entry point alike."""
LONGEST = 60
"""Characters of a name: with what is put before and behind it, it still is a file's."""
_UNPRINTABLE_IN_CODE = re.compile(r'["\\\x00-\x1f\x7f]')


@dataclass(frozen=True)
class Names:
    """What things are called; ``kind`` is ``adapter``, ``filter``, ``tagger`` or ``backend``."""

    kind: str
    name: str
    """Lower case, words joined by hyphens: what people type."""

    @property
    def distribution(self) -> str:
        """As in ``pip install``."""
        return f"magpie-{self.kind}-{self.name}"

    @property
    def package(self) -> str:
        """As in ``import``."""
        return self.distribution.replace("-", "_")

    @property
    def entry(self) -> str:
        """Name of the entry point, which ``MAGPIE_DISABLE`` takes."""
        return f"{self.kind}-{self.name}"

    @property
    def snake(self) -> str:
        """Module of the plugin's one thing; also its name in a recipe."""
        return self.name.replace("-", "_")

    @property
    def constant(self) -> str:
        """Of an adapter's family."""
        return self.snake.upper()

    @property
    def camel(self) -> str:
        """First part of a class's name."""
        return "".join(part.capitalize() for part in self.name.split("-"))

    @property
    def title(self) -> str:
        """For tables, until somebody knows better."""
        return self.name.replace("-", " ").capitalize()


def names_of(kind: str, name: str) -> Names:
    """The names of a new ``kind`` of plugin called ``name``.

    Raises:
        UsageError: ``name`` cannot be a distribution's and a module's; the hint has one that can.
    """
    if NAME.fullmatch(name) and not keyword.iskeyword(name) and len(name) <= LONGEST:
        return Names(kind, name)
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    near = "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST].rstrip("-")
    if near and (keyword.iskeyword(near) or not near[0].isalpha()):
        near = f"my-{near}"[:LONGEST].rstrip("-")
    raise UsageError(
        f"a plugin cannot be called `{name}`: its name is lower case, words and digits joined by "
        f"hyphens, a letter first, at most {LONGEST} characters, no word of Python's own",
        hint=f"magpie new {kind} {near}" if near else f"magpie new {kind} my-{kind}",
    )


def checked_text(option: str, text: str) -> str:
    """``text``, which goes into code, a README and pyproject.toml as it is.

    Raises:
        UsageError: it is empty, or holds a quote, a backslash or a control character.
    """
    if text.strip() and not _UNPRINTABLE_IN_CODE.search(text):
        return text.strip()
    raise UsageError(
        f"{option} {text!r} is empty, or holds a double quote, a backslash or a control character",
        hint=f'{option} "plain words"',
    )
