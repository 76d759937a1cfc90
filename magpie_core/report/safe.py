"""What may stand in a page that is passed on: text made harmless, settings without secrets and paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from magpie_core.secrecy import struck

HIDDEN = "(not shown)"
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F}
"""What turns the reading direction: a text could seem to say something else than it does."""
_UNSEEN = {0x200B, 0x2060, 0xFEFF, 0xFFF9, 0xFFFA, 0xFFFB, *range(0xE0000, 0xE0080)}
"""What takes no room at all, tag characters among it."""
_SECRET = re.compile(
    r"(^|[._-])(api[_-]?key|key|secret|password|passwd|authorization|credentials?|token|cookie)$",
    re.I,
)
_PLACES = ("output", "cache_dir", "download_dir")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_PATH = re.compile(
    r"(?<![\w<:/.])(?:~|\.{1,2}|[A-Za-z]:)?[/\\](?:[^\s/\\'\"`,;]+[/\\])+[^\s'\"`,;]*"
)
_LONGEST = 300


def visible(text: str) -> str:
    """``text`` with every control character as a sign, and what turns the reading direction named."""
    return "".join(map(_shown, text.replace("\r\n", "\n"))) if not _plain(text) else text


def short(text: str, most: int) -> str:
    """``visible`` of at most ``most`` characters, and how many are left out."""
    if len(text) <= most:
        return visible(text)
    return f"{visible(text[:most])} … (+{len(text) - most:,} characters)"


def _plain(text: str) -> bool:
    return text.isprintable() and text.isascii()


def _shown(character: str) -> str:
    code = ord(character)
    if character in "\n\t":
        return character
    if code < 0x20:
        return chr(0x2400 + code)  # the picture of it: ␛ for an escape
    if code == 0x7F:
        return "␡"
    if 0x7E < code < 0xA0 or code in _BIDI or code in _UNSEEN or 0xD800 <= code < 0xE000:
        return f"⟨U+{code:04X}⟩"
    return character


def settings(manifest: Mapping[str, Any]) -> dict[str, str]:
    """What run.toml says, one line for each setting, as it may be passed on.

    Secrets are left out by their names, addresses lose user, password and query, and of a path only the last
    part stays.
    """
    return {name: struck(_setting(name, value)) for name, value in _flat(manifest)}


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, one in value.items():
        name = f"{prefix}{key}"
        if isinstance(one, Mapping) and one:
            yield from _flat(one, f"{name}.")
        else:
            yield name, one


def _setting(name: str, value: Any) -> str:
    if name != "key" and _SECRET.search(name):  # a run's own key is a digest
        return HIDDEN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return short(", ".join(_setting(name, one) for one in value), _LONGEST) or "(empty)"
    if isinstance(value, Mapping):
        inner = (f"{key} = {_setting(f'{name}.{key}', one)}" for key, one in value.items())
        return short(", ".join(inner), _LONGEST) or "(empty)"
    if not isinstance(value, str):
        return str(value)
    if ".chat_format." in name:  # markup, full of slashes
        return short(value.replace("\n", "⏎"), _LONGEST)
    if name.rpartition(".")[2] in _PLACES:
        return short(last_part(value), _LONGEST)
    return short(without_places(value).replace("\n", "⏎"), _LONGEST)


def without_places(text: str) -> str:
    """``text`` with addresses without user, password and query, and paths as their last part."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(_address(found[0]))
        return f"\0{len(kept) - 1}\0"

    text = _ADDRESS.sub(keep, text)
    text = _PATH.sub(lambda found: last_part(found[0]), text)
    return re.sub(r"\0(\d+)\0", lambda found: kept[int(found[1])], text)


def last_part(path: str) -> str:
    """``model`` of ``/some/where/model/``."""
    parts = [one for one in re.split(r"[/\\]", path) if one not in ("", ".", "..", "~")]
    return parts[-1] if parts else "."


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    if parts.scheme == "file":
        return last_part(parts.path)
    return urlunsplit((parts.scheme, f"{host}{port}", parts.path, "", ""))
