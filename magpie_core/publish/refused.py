"""What goes wrong with the hub, in our words. Opens no connection but to ask who is logged in."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from magpie_core.choices import nearest
from magpie_core.errors import HubError
from magpie_core.hub import UNREACHABLE

AGAIN = "give the same command again: what is there already is not sent twice"


@contextmanager
def hub_errors(repo: str, api: Any) -> Iterator[None]:
    """Turn what the hub client raises inside the block into ``HubError``.

    Args:
        repo: what is pushed to.
        api: the client, to ask who is logged in.

    Raises:
        HubError: refused, not reached, or an answer that is none. Anything else passes.
    """
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield
    except HubError:
        raise
    except Exception as error:
        for one in _chain(error):  # an upload's own error only says which file it was
            if isinstance(one, HfHubHTTPError):
                raise _refused(repo, api, one) from error
            if {kind.__name__ for kind in type(one).__mro__} & UNREACHABLE:
                raise HubError(f"the hub cannot be reached: {_words(one)}", hint=AGAIN) from error
        if isinstance(
            error, ValueError
        ):  # the client's word for a card or an answer that is not valid
            raise HubError(f"the hub refused `{repo}`: {_words(error)}", hint=AGAIN) from error
        raise


def _chain(error: BaseException) -> Iterator[BaseException]:
    """``error``, and what it was raised from."""
    cause: BaseException | None = error
    for _ in range(8):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or cause.__context__


def _refused(repo: str, api: Any, error: Any) -> HubError:
    status = getattr(getattr(error, "response", None), "status_code", 0)
    owner = repo.partition("/")[0]
    if status == 401:
        return HubError(
            "the hub does not take your token: it is wrong, was revoked, or may not write",
            hint="hf auth login   # a token with the right to write",
        )
    if status in (403, 404):
        return _no_right(repo, owner, _who(api))
    if status == 429:
        return HubError("the hub asks to wait: too many requests", hint=f"in a while, {AGAIN}")
    if status >= 500:
        return HubError(f"the hub failed (HTTP {status})", hint=AGAIN)
    return HubError(
        f"the hub refused `{repo}` (HTTP {status}): {_words(error)}",
        hint=f"magpie push RUN {shlex.quote(repo)} --dry-run   # shows what is pushed",
    )


def _no_right(repo: str, owner: str, mine: list[str]) -> HubError:
    if not mine:
        return HubError(
            f"the hub refuses `{repo}`: no right to write, or no such owner", hint="hf auth whoami"
        )
    if owner in mine:
        return HubError(
            f"your token may not write to `{repo}`",
            hint="hf auth login   # a token with the right to write to this owner",
        )
    near = nearest(owner, mine)
    name = repo.partition("/")[2]
    return HubError(
        f"`{owner}` is no user or organisation that you may write to (yours: {', '.join(mine)})",
        hint=f"did you mean `{(near or mine)[0]}/{name}`?",
    )


def _who(api: Any) -> list[str]:
    """The user's name and those of their organisations; none if the hub does not say."""
    with suppress(Exception):
        said = api.whoami()
        return [said["name"], *(one["name"] for one in said.get("orgs", ()))]
    return []


def _words(error: BaseException, most: int = 300) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
