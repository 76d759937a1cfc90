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
_IN_HEADERS = ("auth", "cookie", "key", "token", "secret", "password")
"""A header whose name contains one of these carries a secret."""
_REST = r"[^&\s'\"`]+"
_MAKERS = r"(?:sk-|sk_|gsk_|ghp_|github_pat_|glpat-|nvapi-|xai-|tgp_v1_|xox[bp]-|AKIA|AIza)"
"""How keys of OpenAI, Groq, GitHub, GitLab, NVIDIA, xAI, Together, Slack, Amazon and Google begin."""
_LOOKS_SECRET = re.compile(
    # hf_ as the hub makes them: HF_HUB_DOWNLOAD_TIMEOUT in an error is none.
    rf"(?P<before>)\b(?:{_MAKERS}[A-Za-z0-9_\-]{{16,}}|hf_[A-Za-z0-9]{{16,}}"
    r"|eyJ[\w\-]{8,}\.eyJ[\w\-]{8,}\.[\w\-]+)"  # a JSON web token
    rf"|(?P<login>://)[^/\s@'\"`]+(?=@)|(?P<bearer>\bBearer +){_REST}"
    rf"|(?P<query>[?&][\w.\-]*(?:key|sig|signature|token|secret|password|credential)=){_REST}"
    rf"|(?P<named>\b(?:api[_-]?key|(?:hf_|auth_|access_|api_)?token|password|secret)=){_REST}",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?P<name>\b(?:(?:x-)?api[ _-]?key|(?:proxy-)?authorization|(?:hf_|auth_|access_|api_|x-auth-)token"
    r"|password|passwd|secret)[\"']?\s*[:=]\s*[\"']?(?:(?:basic|bearer|token)[ \t]+)?)"
    r"(?=[^\s\"']*\d)[^&\s'\"`,;(){}\[\]]{8,}",
    re.IGNORECASE,
)
"""``api_key = "…"``, ``X-Api-Key: …`` in a text: with a digit and eight characters, or it may be a word."""
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
        name = re.sub(r"[-\s]", "_", path[-1].lower())
        named = name in _NAMES or name.endswith(_ENDINGS)
        named |= len(path) == 1 and name in _TOP_NAMES
        if any("header" in one.lower() for one in path[:-1]):
            named |= any(one in name for one in _IN_HEADERS)
        if "header" in path[-1].lower():  # a whole header: "X-Api-Key: …"
            header, colon, _ = value.partition(":")
            named |= bool(colon) and any(one in header.lower() for one in _IN_HEADERS)
        named &= not _names_a_variable(path)
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
    text = _LOOKS_SECRET.sub(lambda found: f"{found[found.lastgroup or 0] or ''}{STRUCK}", text)
    return _SAID.sub(lambda found: f"{found['name']}{STRUCK}", text)


def _texts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text with the names it stands under, and every number: a password may be one."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        if value != "" and path:
            yield path, str(value)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _texts(one, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one, path)


def _names_a_variable(path: tuple[str, ...]) -> bool:
    """Whether what stands there is the name of a variable, as under ``key_env`` and ``headers_env``."""
    return any(one.lower().endswith("_env") for one in path)


def _of_the_environment() -> list[str]:
    """Values of variables that are named like a key's; longest first. A path to a key is none."""
    found = {
        value
        for name, value in os.environ.items()
        if _VARIABLE.fullmatch(name) and len(value) >= SHORTEST and not value.startswith(("/", "~"))
    }
    return sorted(found, key=len, reverse=True)
