"""A layout onto the hub, through its own client. Goes on where an earlier push was interrupted.

Shards go up one by one, and what the hub has already is not sent again: it is asked for by digest. Then one
commit makes them all visible with the card, so that nobody ever loads half a set. The token is the hub
client's own (environment or ``hf auth login``); it is never printed nor written.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from magpie_core.errors import HubError
from magpie_core.publish.layout import Layout
from magpie_core.publish.refused import hub_errors

KIND = "dataset"
SHARD = re.compile(r"[\w-]+/(?:train|validation|test)-\d{5}-of-\d{5}\.parquet")
"""Files that a push may remove where it no longer has them; nothing else in a repository is ever touched."""
MESSAGE = "Publish the data set with magpie"
Told = Callable[[str, int, int | None], None]


@dataclass
class Pushed:
    """What a push did."""

    url: str
    sent: int
    """Files that were committed."""
    unchanged: int
    """Files that were there as they are."""
    removed: int
    private: bool


def push(layout: Layout, repo: str, *, public: bool, told: Told) -> Pushed:
    """Publish ``layout`` as the data set ``repo``, which is made if it is not there.

    Args:
        layout: what to publish.
        repo: ``owner/name``.
        public: whether everybody may see it; a repository that is there keeps who may.
        told: called before each file, with kilobytes.

    Raises:
        HubError: no token, no network, no right, or the repository is public and that was not asked for.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()  # two displays would write over each other
    api = HfApi(token=_token())
    with hub_errors(repo, api):
        told("asking the hub", 0, None)
        made = api.create_repo(repo, repo_type=KIND, private=not public, exist_ok=True)
        info = api.repo_info(repo, repo_type=KIND)
        if not info.private and not public:
            raise HubError(
                f"`{repo}` is on the hub already and everybody sees it",
                hint="add --public if that is meant, or make it private in its settings",
            )
        there = _there(api, repo)
        changed = [path for path in layout.files if not _same(layout, path, there.get(path))]
        adds = [CommitOperationAdd(path, str(layout.folder / path)) for path in changed]
        total = sum(layout.files[path][0] for path in changed) // 1000
        done = 0
        for path, add in zip(changed, adds, strict=True):
            told("uploading, kB", done, total)
            if path.endswith(".parquet"):
                api.preupload_lfs_files(repo, [add], repo_type=KIND, free_memory=False)
            done += layout.files[path][0] // 1000
        stale = [one for one in there if SHARD.fullmatch(one) and one not in layout.files]
        if adds or stale:
            told("committing", 0, None)
            api.create_commit(
                repo,
                [*adds, *(CommitOperationDelete(one) for one in stale)],
                commit_message=MESSAGE,
                repo_type=KIND,
            )
    return Pushed(
        str(made), len(adds), len(layout.files) - len(adds), len(stale), bool(info.private)
    )


def check_login(repo: str) -> None:
    """See that the hub answers and knows the user, before any work is done.

    Raises:
        HubError: no token, one that is refused, or no network.
    """
    from huggingface_hub import HfApi

    api = HfApi(token=_token())
    with hub_errors(repo, api):
        api.whoami()


def _token() -> str:
    """The user's token.

    Raises:
        HubError: there is none, or the client was told to stay offline.
    """
    from huggingface_hub import constants, get_token

    if constants.HF_HUB_OFFLINE:
        raise HubError(
            "the hub client is told to stay offline: HF_HUB_OFFLINE is set",
            hint="unset HF_HUB_OFFLINE, or write the folder only: --to-folder DIR",
        )
    token = get_token()
    if not token:
        raise HubError(
            "you are not logged in to the hub: no token in HF_TOKEN nor in its cache",
            hint="hf auth login   # a token with the right to write",
        )
    return str(token)


def _there(api: Any, repo: str) -> dict[str, Any]:
    """Files of the repository, by path."""
    tree = api.list_repo_tree(repo, repo_type=KIND, recursive=True)
    return {one.path: one for one in tree if hasattr(one, "blob_id")}


def _same(layout: Layout, path: str, there: Any) -> bool:
    """Whether the repository has the file as it is: by SHA-256 of a large file, by git's own hash else."""
    if there is None:
        return False
    size, digest = layout.files[path]
    if there.size != size:
        return False
    lfs = getattr(there, "lfs", None)
    if lfs:
        return bool(lfs["sha256"] == digest)
    return bool(there.blob_id == _git_hash(layout.folder / path, size))


def _git_hash(path: Path, size: int) -> str:
    digest = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    digest.update(path.read_bytes())
    return digest.hexdigest()
