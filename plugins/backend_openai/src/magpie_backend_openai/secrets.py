"""Keys: read from the environment, put into headers, and struck out of every text that leaves."""

from __future__ import annotations

import os
import re
from urllib.parse import quote

from magpie_backend_openai.options import Options
from magpie_core import UsageError

LOOKS_LIKE_A_KEY = re.compile(r"\b(sk|gsk|hf|key|pk|rk)[-_][A-Za-z0-9_\-]{12,}|(?<=Bearer )\S+")
STRUCK = "***"
SHORTEST = 3
"""A shorter value is no secret, and striking it out would garble every message."""


class Secrets:
    """The values that nobody may see. Shows none of them when printed."""

    def __init__(self, options: Options) -> None:
        key = os.environ.get(options.key_env, "").strip()
        if not key and options.key_env != "OPENAI_API_KEY":
            raise UsageError(
                f"the environment variable `{options.key_env}` (option key_env) is not set",
                hint=f"export {options.key_env}=…",
            )
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._values = {key} - {""}
        for header, variable in options.headers_env.items():
            value = os.environ.get(variable, "").strip()
            if not value:
                raise UsageError(
                    f"the environment variable `{variable}` (for the header `{header}`) is not set",
                    hint=f"export {variable}=…",
                )
            self._headers[header] = value
            self._values.add(value)
        self._values |= {value.rpartition(" ")[2] for value in self._values}
        self._values |= {quote(value, safe="") for value in self._values}
        self._values = {value for value in self._values if len(value) >= SHORTEST}
        if not all(value.isascii() and value.isprintable() for value in self._headers.values()):
            raise UsageError("a key from the environment holds characters that no header can carry")

    def headers(self) -> dict[str, str]:
        """Headers that carry the secrets; for the HTTP client only."""
        return dict(self._headers)

    def strike(self, text: str) -> str:
        """``text`` without any secret, nor anything else that looks like a key."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, STRUCK)
        return LOOKS_LIKE_A_KEY.sub(STRUCK, text)

    def __repr__(self) -> str:
        return f"Secrets({len(self._headers)} headers)"
