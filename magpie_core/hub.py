"""Files of a checkpoint, from a folder or from the hub, and what goes wrong with either. No tokenizer."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from magpie_core.errors import CheckpointError, UnreachableError

UNREACHABLE = {
    "ConnectionError",  # of Python and of requests
    "LocalEntryNotFoundError",
    "OfflineModeIsEnabled",
    "Timeout",
    "TransportError",  # of httpx: no connection, no answer in time, a broken proxy
}
"""Names of exception classes, or of their bases, that mean: no network."""

CONNECT_SECONDS = 3.0
SAMPLE_BYTES = 64 * 1024


def go_offline_if_unreachable() -> None:
    """Look at the local cache only, for the rest of this process, when the hub does not answer.

    The hub client would try each file again and again, half a minute for every one. A proxy or an
    explicit HF_HUB_OFFLINE is left alone: then the user has decided.
    """
    if (
        os.environ.get("HF_HUB_OFFLINE")
        or os.environ.get("HTTPS_PROXY")
        or os.environ.get("https_proxy")
    ):
        return
    endpoint = urlsplit(os.environ.get("HF_ENDPOINT", "https://huggingface.co"))
    port = endpoint.port or (80 if endpoint.scheme == "http" else 443)
    try:
        socket.create_connection((endpoint.hostname or "", port), timeout=CONNECT_SECONDS).close()
    except OSError:
        os.environ["HF_HUB_OFFLINE"] = "1"
        if constants := sys.modules.get("huggingface_hub.constants"):
            constants.HF_HUB_OFFLINE = True  # type: ignore[attr-defined]  # read at import


def local_json(folder: str, file: str) -> dict[str, Any] | None:
    """Read ``file`` in ``folder``; None when there is none.

    Raises:
        CheckpointError: it cannot be read, or is no JSON object.
    """
    path = Path(folder, file)
    if not path.is_file():
        return None
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"`{path}` is not valid JSON: {error}") from error
    except OSError as error:
        raise CheckpointError(f"`{path}` cannot be read: {error.strerror or error}") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"`{path}` holds a JSON {type(value).__name__}, not an object")
    return value


def hub_json(repo: str, file: str, *, optional: bool = False) -> dict[str, Any] | None:
    """Read ``file`` of a hub repository; None when the repository has no such file.

    A snapshot downloaded earlier does not say which files the repository lacks: without a network, a
    file that is not there counts as lacking when it is ``optional``.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    try:
        path = hf_hub_download(repo, file)
    except LocalEntryNotFoundError as error:
        if optional:
            return None
        raise _unreachable(repo) from error
    except EntryNotFoundError:
        return None
    except Exception as error:
        raise explain_hub_error(repo, error) from error
    return local_json(os.path.dirname(path), file)


def weights_identity(where: str) -> str | None:
    """What tells one set of weights from another: a hub commit, or a digest of a folder's weight files.

    Of each file the name, the size and three samples of 64 KiB are taken, so that a large checkpoint
    costs no time; None where there are no weight files.
    """
    if not os.path.isdir(where):
        return _hub_commit(where)
    files = sorted(one for kind in ("*.safetensors", "*.bin") for one in Path(where).glob(kind))
    digest = hashlib.sha256()
    for file in files:
        try:
            size = file.stat().st_size
            digest.update(f"{file.name}:{size}:".encode())
            with file.open("rb") as opened:
                for start in (0, size // 2, max(size - SAMPLE_BYTES, 0)):
                    opened.seek(start)
                    digest.update(opened.read(SAMPLE_BYTES))
        except OSError:
            continue  # the engine will say what is wrong with it
    return digest.hexdigest()[:16] if files else None


def _hub_commit(repo: str) -> str | None:
    from huggingface_hub import try_to_load_from_cache

    path = try_to_load_from_cache(repo, "config.json")
    return Path(path).parent.name if isinstance(path, str) else None


def explain_hub_error(name: str, error: BaseException) -> CheckpointError:
    """Turn what the hub client or transformers raised into an error a user can act on."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < 8:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    kinds = {kind.__name__ for one in chain for kind in type(one).__mro__}
    text = " ".join(str(one) for one in chain)
    if "GatedRepoError" in kinds:
        return CheckpointError(
            f"checkpoint `{name}` is gated: its licence must be accepted first",
            hint=f"accept it at huggingface.co/{name}, then: hf auth login",
        )
    if "RepositoryNotFoundError" in kinds or "HFValidationError" in kinds:
        return CheckpointError(
            f"checkpoint `{name}` does not exist on the hub, or is private or gated",
            hint="check the spelling; for a gated or private one log in first: hf auth login",
        )
    if kinds & UNREACHABLE:
        return _unreachable(name)
    if "trust_remote_code" in text:
        return CheckpointError(
            f"checkpoint `{name}` comes with Python code of its own",
            hint="read that code, then allow it: --trust-remote-code",
        )
    return CheckpointError(
        f"the tokenizer of `{name}` cannot be loaded: {_first_words(error)}",
        hint=f"magpie doctor --checkpoint {name}",
    )


def _unreachable(name: str) -> UnreachableError:
    return UnreachableError(
        f"checkpoint `{name}` is not on this machine and the hub cannot be reached",
        hint=f"download it where there is a network: hf download {name}, or try: --checkpoint tiny",
    )


def _first_words(error: BaseException, most: int = 200) -> str:
    """What it says, in one line: the first line alone often ends where the reasons begin."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
