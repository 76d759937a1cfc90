"""Settings as strangers may read them: no key, no address of a server, no path of this machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from magpie_core.secrecy import struck

LEFT_OUT = "(left out)"
_SECRET_NAME = re.compile(
    r"api_?key|access_?key|secret|passw|credential|bearer|authorization|headers?$"
    r"|(?:^|[_-])(?:token|key|auth)$|url|host|server|endpoint|address|proxy",
    re.IGNORECASE,
)
_SECRET = re.compile(r"\b(?:hf_\w{8,}|sk-[\w-]{8,}|gh[pousr]_\w{8,}|AKIA\w{12,})|\bBearer\s+\S+")
_ADDRESS = re.compile(r"\b\w+://[^\s\"']+")
_PATH = re.compile(
    r"(?<![\w/<.])(?:file://)?(?:~[\w.-]*|\.{1,2})?(?:/[^\s/\"'`<>|:,;()\[\]{}]+){2,}/?"
    r"|(?<!\w)[A-Za-z]:\\[^\s\"']+"
)


def redact(value: Any) -> Any:
    """``value`` (TOML or JSON) with secrets left out and paths cut to their last name."""
    if isinstance(value, Mapping):
        return {
            str(key): LEFT_OUT if _SECRET_NAME.search(str(key)) and one else redact(one)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(one) for one in value]
    return redact_text(value) if isinstance(value, str) else value


def redact_text(text: str) -> str:
    """``text`` likewise; paths are told by a slash in front and one more inside."""
    text = struck(_SECRET.sub(LEFT_OUT, text))
    text = _ADDRESS.sub(
        lambda found: _last(found[0]) if found[0].startswith("file:") else LEFT_OUT, text
    )
    return _PATH.sub(lambda found: _last(found[0]), text)


def _last(path: str) -> str:
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]
