"""Under which licence a checkpoint stands, from the card that lies with it. Opens no weights.

A licence is named and linked, never copied. What nobody says stays unknown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from magpie_core.checkpoint import NamedModel

UNKNOWN = "unknown"
_BLOCK = re.compile(r"\A\ufeff?\s*---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Licence:
    """What is known of a licence."""

    id: str
    """The hub's or SPDX's short name, ``unknown`` where nobody says."""
    name: str = ""
    link: str = ""
    duty: str = ""
    """What it asks of those who use outputs, in our words and not as advice; empty where we know nothing."""

    def in_markdown(self) -> str:
        """Its name, linked where there is a link."""
        name = self.name or self.id
        return f"[{name}]({self.link})" if self.link else name


_LLAMA = "https://www.llama.com/"
_NOT_OTHERS = "its terms forbid using outputs to improve other large language models than Llama"
_NAMED = (
    "a model that is trained on outputs and passed on must have a name that begins with `Llama`, "
    "and where it is offered `Built with Llama` must be shown"
)
_NOT_SOLD = "not for commercial use"
KNOWN = {
    one.id: one
    for one in (
        Licence("apache-2.0", "Apache License 2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
        Licence("mit", "MIT License", "https://opensource.org/license/mit"),
        Licence(
            "llama2",
            "Llama 2 Community License Agreement",
            "https://ai.meta.com/llama/license/",
            _NOT_OTHERS,
        ),
        Licence(
            "llama3",
            "Meta Llama 3 Community License Agreement",
            f"{_LLAMA}llama3/license/",
            _NOT_OTHERS,
        ),
        *(
            Licence(
                f"llama{one}",
                f"Llama {one} Community License Agreement",
                f"{_LLAMA}llama{one.replace('.', '_')}/license/",
                _NAMED,
            )
            for one in ("3.1", "3.2", "3.3", "4")
        ),
        Licence(
            "gemma",
            "Gemma Terms of Use",
            "https://ai.google.dev/gemma/terms",
            "a model that is trained on outputs to behave alike counts as derived, and the terms go with it",
        ),
        Licence(
            "cc-by-nc-4.0",
            "CC BY-NC 4.0",
            "https://creativecommons.org/licenses/by-nc/4.0/",
            _NOT_SOLD,
        ),
        Licence("cc-by-4.0", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        Licence("cc-by-sa-4.0", "CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
        Licence("odc-by", "ODC-By 1.0", "https://opendatacommons.org/licenses/by/1-0/"),
        Licence(
            "cc0-1.0", "CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"
        ),
    )
}
"""Licences of the families that adapters know, and of data sets, by the hub's short names. What a duty says
is a reason to read the terms, not what they say: their makers change them, and the linked text decides."""


def licence(id: str) -> Licence:
    """The licence of that short name; one we do not know has no more than the name."""
    return KNOWN.get(id.lower(), Licence(id))


def licence_of(
    checkpoint: str,
    models: Mapping[str, NamedModel],
    *,
    online: bool = False,
) -> Licence:
    """What is known of the licence of ``checkpoint``.

    Args:
        checkpoint: as a run names it: a folder, a hub id or a short name.
        models: installed short names.
        online: ask the hub for the card of a checkpoint whose card is not here.
    """
    named = models.get(checkpoint)
    if named is not None:
        return _licence_of_package(named)
    card = _card(checkpoint, online=online)
    return licence_in(card) if card is not None else Licence(UNKNOWN)


def licence_in(card: str) -> Licence:
    """The licence that the text of a model card names in its metadata."""
    import yaml

    found = _BLOCK.search(card)
    said: Any = None
    if found:
        with suppress(yaml.YAMLError):
            said = yaml.safe_load(found[1])
    if not isinstance(said, dict):
        return Licence(UNKNOWN)
    id, name, link = (_text(said.get(key)) for key in ("license", "license_name", "license_link"))
    known = KNOWN.get(id.lower()) or KNOWN.get(name.lower())
    if known is not None:
        return known
    if not id and not name:
        return Licence(UNKNOWN)
    return Licence(id or "other", name or id, link if link.startswith("https://") else "")


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    text = value.strip() if isinstance(value, str) else ""
    return "" if re.search(r"[\n\[\]|]", text) else text[:120]


def _card(checkpoint: str, *, online: bool) -> str | None:
    folder = Path(checkpoint).expanduser()
    with suppress(OSError, ValueError):
        if folder.is_dir():
            return (folder / "README.md").read_text("utf-8", "replace")
        if (path := _cached(checkpoint, online=online)) is not None:
            return Path(path).read_text("utf-8", "replace")
    return None


def _cached(repo: str, *, online: bool) -> str | None:
    """The card of a hub checkpoint on this disk, fetched first if it may be."""
    from huggingface_hub import HfApi, try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        path = try_to_load_from_cache(repo, "README.md")
        if isinstance(path, str):
            return path
        if online and repo.count("/") == 1 and not os.environ.get("HF_HUB_OFFLINE"):
            return str(HfApi().hf_hub_download(repo, "README.md"))
    except (HFValidationError, OSError, ValueError):
        return None
    except Exception as error:  # gated, gone, no network: then nobody says
        if type(error).__module__.partition(".")[0] not in ("huggingface_hub", "httpx", "httpx2"):
            raise
    return None


def _licence_of_package(named: NamedModel) -> Licence:
    """A checkpoint that comes in a package stands under the package's licence."""
    if not named.embedded:
        return Licence(UNKNOWN)
    if callable(named.path):
        package = named.path.__module__.partition(".")[0]
    else:
        inside = Path(named.path)
        while not (inside / "__init__.py").exists() and inside != inside.parent:
            inside = inside.parent
        package = inside.name
    try:
        found = metadata.metadata(package.replace("_", "-"))
    except (metadata.PackageNotFoundError, ValueError):
        return Licence(UNKNOWN)
    said = found["License-Expression"] if "License-Expression" in found else None  # noqa: SIM401
    return licence(said.lower()) if said else Licence(UNKNOWN)
