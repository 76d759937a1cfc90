"""Keys stay out of what is kept and said: options that hold one are refused, texts lose it. Opens nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from magpie_core.errors import UsageError

STRUCK = "***"
SHORTEST = 8
"""A shorter value of the environment is not taken for a key: striking it out would garble what is said."""
_NAMES = {
    *("api_key", "apikey", "admin_api_key", "api_token", "auth_token", "access_token", "hf_token"),
    *("use_auth_token", "bearer_token", "password", "passwd", "authorization", "private_key"),
}
_TOP_NAMES = {"key", "token", "secret", "credentials"}
"""Of an option itself they mean a key; deeper inside one they may mean anything."""
_ENDINGS = ("_api_key", "_password", "_secret", "_secret_key", "_access_key")
_REST = r"[^&\s'\"`]+"
_LOOKS_SECRET = re.compile(
    r"(?P<before>)\b(?:sk-|sk_|gsk_|hf_|ghp_|github_pat_|xox[bp]-|AKIA)[A-Za-z0-9_\-]{16,}"
    rf"|(?P<login>://)[^/\s@'\"`]+(?=@)|(?P<bearer>\bBearer ){_REST}|(?P<query>[?&](?:key|sig)=){_REST}"
    rf"|(?P<named>\b(?:api[_-]?key|(?:hf_|auth_|access_|api_)?token|password|secret)=){_REST}",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"(?:.*_)?(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD)", re.IGNORECASE)


def refuse_secrets(options: Mapping[str, Any], what: str = "option") -> None:
    """Refuse options that hold a key, since run.toml keeps them. Names of environment variables are none.

    Args:
        options: as a recipe or ``--engine-option`` has them.
        what: what they are, for the message.

    Raises:
        UsageError: names the option, never its value.
    """
    for path, value in _texts(options, ()):
        name = path[-1].lower().replace("-", "_")
        named = name in _NAMES or name.endswith(_ENDINGS)
        named |= len(path) == 1 and name in _TOP_NAMES
        if named or _LOOKS_SECRET.search(value):
            why = "holds a key" if named else "holds what looks like a key"
            raise UsageError(
                f"{what} `{'.'.join(path)}` {why}, and it would be written to run.toml",
                hint="give it in the environment: export OPENAI_API_KEY=…, or HF_TOKEN for the hub",
            )


def struck(text: str) -> str:
    """``text`` without keys: what the environment holds as one, logins in addresses, what looks like one."""
    for value in _of_the_environment():
        text = text.replace(value, STRUCK)
    return _LOOKS_SECRET.sub(lambda found: f"{found[found.lastgroup or 0] or ''}{STRUCK}", text)


def _texts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text with the names it stands under; not those that name a variable."""
    if isinstance(value, str):
        if value and path:
            yield path, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            if not str(name).lower().endswith("_env"):
                yield from _texts(one, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one, path)


def _of_the_environment() -> list[str]:
    """Values of variables that are named like a key's; longest first. A path to a key is none."""
    found = {
        value
        for name, value in os.environ.items()
        if _VARIABLE.fullmatch(name) and len(value) >= SHORTEST and not value.startswith(("/", "~"))
    }
    return sorted(found, key=len, reverse=True)
