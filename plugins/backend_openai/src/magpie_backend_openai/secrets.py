"""Keys: from the environment or the keyring into headers, and struck out of every text that leaves."""

from __future__ import annotations

import os
import re
from urllib.parse import quote

from magpie_backend_openai.options import Options
from magpie_core import MissingEngineError, UsageError

LOOKS_LIKE_A_KEY = re.compile(r"\b(sk|gsk|hf|key|pk|rk)[-_][A-Za-z0-9_\-]{12,}|(?<=Bearer )\S+")
STRUCK = "***"
SERVICE = "magpie"
"""Name under which the system's keyring has our keys."""
SHORTEST = 3
"""A shorter value is no secret, and striking it out would garble every message."""


class Secrets:
    """The values that nobody may see. Shows none of them when printed."""

    def __init__(self, options: Options) -> None:
        key = os.environ.get(options.key_env, "").strip()
        if not key and options.keyring:
            key = _from_keyring(options.key_env)
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


def _from_keyring(name: str) -> str:
    """The key that the system's keyring has under ``name``.

    Raises:
        MissingEngineError: the package is not installed.
        UsageError: there is none, or the keyring cannot be asked.
    """
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise MissingEngineError(
            "option `keyring` needs the package keyring, which is not installed",
            hint="pip install 'magpie-backend-openai[keyring]'",
        ) from error
    try:
        found = keyring.get_password(SERVICE, name)
    except KeyringError as error:
        raise UsageError(
            f"the keyring cannot be asked for `{name}`: {error}", hint=f"export {name}=…"
        ) from error
    if not found or not found.strip():
        raise UsageError(
            f"neither the environment nor the keyring has `{name}`",
            hint=f"keyring set {SERVICE} {name}",
        )
    return str(found).strip()
