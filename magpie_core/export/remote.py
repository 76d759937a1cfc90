"""A file in an object store, or wherever else fsspec writes: whole or not there.

Keys come from where the store's own package looks for them (environment, profile, metadata server), never
from the URL. What is written goes to a temporary file on this machine first, and then there in one piece:
a store shows an object when all of it has arrived. Anywhere else it gets its name when it is complete.
"""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from magpie_core.choices import nearest
from magpie_core.errors import MagpieError, MissingEngineError, StorageError, UsageError
from magpie_core.export.place import DIGITS, Files, Place, number_of, numbered
from magpie_core.run.atomic import TEMPORARY, storage_errors
from magpie_core.run.folder import RunFolder

LOCAL = ("file", "local")
WHOLE_AT_ONCE = frozenset(
    ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci", "r2", "hf", "memory")
)
"""Protocols of stores that show a file when its upload is complete, and not before."""
NAMES_A_CONTAINER = ("az", "abfs", "abfss", "adl")
"""Where ``NAME@`` in a URL is no user: ``abfs://container@account.dfs.core.windows.net/data.parquet``."""
BUCKETS = ("s3", "s3a", "gs", "gcs")
KEYS = {
    "s3": "export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…   # or AWS_PROFILE=NAME",
    "gs": "export GOOGLE_APPLICATION_CREDENTIALS=key.json   # or: gcloud auth application-default login",
    "az": "export AZURE_STORAGE_ACCOUNT_NAME=… AZURE_STORAGE_ACCOUNT_KEY=…",
    "hf": "hf auth login   # or: export HF_TOKEN=…",
}
_SAME_KEYS = {"s3a": "s3", "gcs": "gs", "abfs": "az", "abfss": "az", "adl": "az"}
_SECRET = re.compile(r"key|secret|token|password|credential|signature|^sig$", re.IGNORECASE)
_REFUSED = re.compile(r"credential|token|auth|forbidden|\b40[13]\b|access ?denied", re.IGNORECASE)
_MISSING = re.compile(r"not ?found|no ?such|\b404\b|does not exist", re.IGNORECASE)
_SHOWN = 200


def local_path(url: str) -> Path | None:
    """The path on this machine that ``url`` names; None where it names something elsewhere."""
    protocol, separator, rest = url.partition("://")
    if protocol.lower() not in LOCAL:
        return None
    from fsspec.core import strip_protocol

    return Path(strip_protocol(f"{protocol.lower()}{separator}{rest}"))


def remote_file(url: str, *, overwrite: bool) -> RemoteFile:
    """The file that ``url`` names; nothing is asked of anybody yet.

    Raises:
        UsageError: no such protocol, no file is named, or there is a key in the URL.
        MissingEngineError: the protocol's package is not installed.
        StorageError: it cannot be connected to.
    """
    refuse_keys(url)
    protocol, _, rest = url.partition("://")
    if "::" in url or not rest.strip("/") or rest.endswith("/"):
        raise UsageError(
            f"`{url}` names no file to write", hint="--out s3://bucket/folder/data.parquet"
        )
    kind = _filesystem(protocol.lower(), url)
    with _said(url, protocol.lower(), "connect to"):
        system = kind(**kind._get_kwargs_from_urls(url))  # as fsspec.core.url_to_fs does
        path = kind._strip_protocol(url)
    return RemoteFile(url, protocol.lower(), system, str(path), overwrite)


def refuse_keys(url: str) -> None:
    """See that ``url`` holds no user's name or key: it is shown, and stays in the shell's history.

    Raises:
        UsageError: it does; the message does not repeat it.
    """
    protocol, _, rest = url.partition("://")
    user, at, _ = rest.partition("/")[0].rpartition("@")
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True) if "?" in url else []
    named = bool(at) and (":" in user or protocol.lower() in BUCKETS)
    if named or any(_SECRET.search(name) for name, _ in query):
        raise UsageError(
            f"the URL after `{protocol}://` holds a key or a password",
            hint="take it out; keys come from the environment, such as "
            + _keys(protocol.lower(), otherwise="the variables of the store's package"),
        )


class RemoteFile(Place):
    """A file elsewhere. Several of them appear one after the other; a failure takes all back that are new.

    Args:
        url: as the user gave it.
        protocol: of it, in lower case.
        system: fsspec's file system.
        path: on that.
        overwrite: whether what is there may be replaced.
    """

    def __init__(self, url: str, protocol: str, system: Any, path: str, overwrite: bool) -> None:
        self._url = url
        self._protocol = protocol
        self._system = system
        self._path = path
        self._overwrite = overwrite

    def check(self, *, several: bool) -> None:
        """See ``Place``; that there is a bucket is seen as well, before hours of work."""
        with _said(self._url, self._protocol, "look at"):
            there = self._numbered() if several else self._there()
            bucket = _bucket(self._protocol, self._path)
            if not there and bucket and not self._system.exists(bucket):
                raise StorageError(
                    f"there is no `{self._protocol}://{bucket}`, or these keys may not look into it",
                    hint="correct its name, make it first, or bring the keys: "
                    + _keys(self._protocol, otherwise=""),
                )
        if there and not self._overwrite:
            raise UsageError(
                f"`{self._url_of(there[0])}` exists",
                hint="choose another --out, or add --overwrite",
            )

    def check_is_none_of(self, run: RunFolder) -> None:
        """See ``Place``: a run is on this machine."""

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """See ``Place``."""
        with self._uploading(self._path) as path:
            yield path
            self.check(several=False)  # again: an export may take long

    @contextmanager
    def writing_several(self) -> Iterator[Files]:
        """See ``Place``. Each is uploaded when it is written, so this machine holds one at a time."""
        before = set(self._listed())
        numbers, made = count(), []

        @contextmanager
        def file() -> Iterator[Path]:
            path = numbered(self._path, next(numbers))
            with self._uploading(path) as local:
                yield local
            made.append(path)

        try:
            yield file
        except BaseException:
            self._remove([one for one in made if one not in before])
            raise
        self._remove([one for one in before if one not in made])

    @contextmanager
    def _uploading(self, path: str) -> Iterator[Path]:
        with TemporaryDirectory(prefix="magpie-") as folder:
            local = Path(folder, path.rpartition("/")[2])
            with storage_errors(local):
                yield local
            with _said(self._url, self._protocol, "write to"):
                self._put(local, path)

    def _put(self, local: Path, path: str) -> None:
        """Upload ``local``; see that all of it arrived."""
        system = self._system
        if self._protocol in WHOLE_AT_ONCE:
            system.put_file(str(local), path)
        else:
            folder, _, name = path.rpartition("/")
            temporary = f"{folder}/{TEMPORARY}{secrets.token_hex(6)}-{name}"
            try:
                if folder:
                    system.makedirs(folder, exist_ok=True)
                system.put_file(str(local), temporary)
                self._rename(temporary, path)
            except BaseException:
                with suppress(Exception):
                    system.rm_file(temporary)
                raise
        system.invalidate_cache()
        arrived, size = system.info(path).get("size"), local.stat().st_size
        if arrived is not None and arrived != size:
            raise StorageError(
                f"{arrived:,} of {size:,} bytes arrived at `{self._url_of(path)}`",
                hint="try again with --overwrite",
            )

    def _rename(self, old: str, new: str) -> None:
        try:
            self._system.mv(old, new)
        except OSError:  # some do not replace what is there
            if not self._overwrite or not self._system.exists(new):
                raise
            self._system.rm_file(new)
            self._system.mv(old, new)

    def _there(self) -> list[str]:
        if not self._system.exists(self._path):
            return []
        if self._system.isdir(self._path):
            raise UsageError(
                f"`{self._url}` is a folder",
                hint=f"name a file: --out {shlex.quote(self._url + '/data')}…",
            )
        return [self._path]

    def _listed(self) -> list[str]:
        with _said(self._url, self._protocol, "look at"):
            return self._numbered()

    def _numbered(self) -> list[str]:
        """The numbered files that are there."""
        self._system.invalidate_cache()
        name = self._path.rpartition("/")[2]
        pattern = numbered(self._path, 0).replace("0" * DIGITS, "[0-9]" * DIGITS)
        return sorted(
            one
            for one in self._system.glob(pattern)
            if number_of(name, one.rpartition("/")[2]) is not None
        )

    def _remove(self, paths: list[str]) -> None:
        """Take files away; one that stays is no reason to fail."""
        for path in paths:
            with suppress(Exception):
                self._system.rm_file(path)

    def _url_of(self, path: str) -> str:
        """``path`` as the user would name it."""
        name = path.rpartition("/")[2]
        return f"{self._url.rpartition('/')[0]}/{name}"


def _bucket(protocol: str, path: str) -> str | None:
    """The part of ``path`` that must be there before anything is written; None where we do not know."""
    if protocol in BUCKETS:
        return path.partition("/")[0]
    if protocol == "hf":  # datasets/OWNER/NAME, OWNER/NAME of a model
        parts = path.partition("@")[0].split("/")
        return "/".join(parts[: 3 if parts[0] in ("datasets", "spaces", "buckets") else 2])
    return None


def _filesystem(protocol: str, url: str) -> Any:
    """The class for ``protocol``."""
    from fsspec import available_protocols, get_filesystem_class
    from fsspec.registry import known_implementations

    try:
        return get_filesystem_class(protocol)
    except ImportError as error:
        raise MissingEngineError(
            f"`{protocol}://` needs a package that is not installed: {error}",
            hint=f"pip install {_package(known_implementations.get(protocol, {}).get('class', ''))}",
        ) from error
    except ValueError as error:
        near = nearest(protocol, available_protocols())
        raise UsageError(
            f"unknown protocol `{protocol}://` (known are s3, gs, az, hf, sftp and others)",
            hint=f"did you mean `{near[0]}://`?" if near else "--out s3://bucket/data.parquet",
        ) from error


def _package(path: str) -> str:
    """The package that fsspec's ``path`` of a class needs: its first name, or what that cannot import."""
    if not path.startswith("fsspec."):
        return path.partition(".")[0] or "fsspec"
    try:
        import_module(path.rpartition(".")[0])
    except ImportError as error:
        return (error.name or "fsspec").partition(".")[0]
    return "fsspec"


@contextmanager
def _said(url: str, protocol: str, what: str) -> Iterator[None]:
    """Say in our words what a store refuses. Every package has errors of its own, and few are ``OSError``."""
    try:
        yield
    except MagpieError:
        raise
    except Exception as error:
        kind = type(error).__name__
        text = (str(error).strip().splitlines() or [kind])[0][:_SHOWN]
        whole = f"{kind} {text}"
        if isinstance(error, PermissionError) or _REFUSED.search(whole):
            hint = _keys(protocol, otherwise="see how its package takes keys from the environment")
        elif isinstance(error, FileNotFoundError) or _MISSING.search(whole):
            hint = "make the bucket or the folder first, or correct its name"
        elif isinstance(error, NotImplementedError):
            hint = "write a file here and copy it there: --out data.parquet"
        else:
            hint = "try again; or write a file here and copy it there: --out data.parquet"
        raise StorageError(f"cannot {what} `{url}`: {text}", hint=hint) from error


def _keys(protocol: str, *, otherwise: str) -> str:
    return KEYS.get(_SAME_KEYS.get(protocol, protocol), otherwise)
