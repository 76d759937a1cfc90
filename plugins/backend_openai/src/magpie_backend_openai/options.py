"""The options of ``[engine.options]``, checked. Holds no key: it is read from the environment elsewhere."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

from magpie_core import UsageError

Seconds = Annotated[float, msgspec.Meta(gt=0.0)]
Api = Literal["completions", "chat"]
DialectName = Literal["auto", "vllm", "sglang", "llama.cpp", "ollama", "tgi", "openai"]

SECRET_OPTIONS = ("api_key", "apikey", "key", "token", "api_token", "password", "secret")
SECRET_HEADERS = ("authorization", "cookie", "key", "token", "secret", "password")
"""A header whose name contains one of these carries a secret."""


class Options(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What ``--engine-option`` and ``[engine.options]`` may say."""

    url: str | list[str]
    """``http://host:8000/v1``, or several, as a list or with commas; ``/v1`` is added to a bare host."""
    model: str | None = None
    """Name of the model; by default what the server lists, if that is one."""
    api: Api = "completions"
    """``chat`` is for responses only: it cannot continue a pre-query."""
    prompt: Literal["auto", "ids", "text"] = "auto"
    """How completions are asked for; by default with token ids where the server takes them."""
    check_prompt: bool = True
    """Hold the server's count of prompt tokens against ours."""
    dialect: DialectName = "auto"
    key_env: str = "OPENAI_API_KEY"
    """Environment variable that holds the key; without it none is sent."""
    keyring: bool = False
    """Where that variable is not set, ask the system's keyring (``keyring set magpie NAME``)."""
    headers: dict[str, str] = {}
    headers_env: dict[str, str] = {}
    """Headers whose values are secrets: the environment variables that hold them."""
    extra_body: dict[str, Any] = {}
    """Fields added to every request."""
    timeout: Seconds = 600.0
    """For one answer, in seconds."""
    connect_timeout: Seconds = 10.0
    retries: Annotated[int, msgspec.Meta(ge=0, le=100)] = 5
    """A request is tried again this often."""
    longest_wait: Seconds = 120.0
    """Longest ``Retry-After`` that is waited for, in seconds."""
    give_up_after: Seconds = 30.0
    """No server has answered for so many seconds: the engine is dead."""
    requests_per_minute: Annotated[int, msgspec.Meta(ge=0)] = 0
    """0 for no bound. Counts retries."""
    max_in_flight: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Requests at once, over all servers; 0 for 64 per server."""

    @property
    def urls(self) -> list[str]:
        """Where the servers are, each once."""
        given = [self.url] if isinstance(self.url, str) else self.url
        urls = [one.strip() for several in given for one in several.split(",")]
        return list(dict.fromkeys(map(_base, urls)))


def read_options(options: dict[str, Any]) -> Options:
    """Check ``options``.

    Raises:
        UsageError: an option is unknown or missing, does not fit, or holds a secret. A value that may
            be a secret is not shown.
    """
    known = Options.__struct_fields__
    for name in options:
        if name.lower().replace("-", "_") in SECRET_OPTIONS:
            raise UsageError(
                f"option `{name}`: a key does not belong in a recipe, since run.toml would keep it",
                hint="export OPENAI_API_KEY=…   # another variable: --engine-option key_env=NAME",
            )
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise UsageError(
                f"the openai backend has no option `{name}` (known: {', '.join(known)})",
                hint=f"did you mean `{near[0]}`?" if near else None,
            )
    if not options.get("url"):
        raise UsageError(
            "the openai backend needs to know where the server is: option `url`",
            hint="--engine-option url=http://127.0.0.1:8000/v1",
        )
    try:
        found = msgspec.convert(options, Options)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$.")
        where = where.rstrip("`") or "options"
        raise UsageError(f"option `{where}`: {message[:1].lower()}{message[1:]}") from None
    for name in found.headers:
        if any(one in name.lower() for one in SECRET_HEADERS):
            raise UsageError(
                f"header `{name}` carries a secret, and run.toml would keep it",
                hint=f"""--engine-option 'headers_env={{"{name}": "NAME_OF_A_VARIABLE"}}'""",
            )
    found.urls  # noqa: B018  raises where one cannot be used
    return found


def _base(url: str) -> str:
    """``url`` with ``/v1`` where it has no path, and without a slash at its end."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("option `url`: this is no address", hint="http://host:8000/v1") from None
    if "@" in parts.netloc or parts.query:
        raise UsageError(
            "option `url`: a user name, a password or a key in an address would be kept in run.toml",
            hint="export OPENAI_API_KEY=…   # or headers_env for other headers",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise UsageError(
            f"option `url`: `{url}` is no address of a server", hint="http://127.0.0.1:8000/v1"
        )
    path = parts.path.rstrip("/")
    for endpoint in ("/chat/completions", "/completions", "/models"):
        path = path.removesuffix(endpoint)
    return f"{parts.scheme}://{parts.netloc}{path or '/v1'}"
