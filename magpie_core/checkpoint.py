"""Open a checkpoint's tokenizer and configuration: everything but its weights. Imports no torch."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from magpie_core.errors import CheckpointError, UnreachableError

UNREACHABLE = {
    "ConnectionError",  # of Python and of requests
    "LocalEntryNotFoundError",
    "OfflineModeIsEnabled",
    "Timeout",
    "TransportError",  # of httpx: no connection, no answer in time, a broken proxy
}
"""Names of exception classes, or of their bases, that mean: no network."""


class NamedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A short name for a checkpoint, offered by ``magpie_register_models``."""

    name: str
    path: str
    """Local folder or hub id."""
    family: str
    description: str = ""
    embedded: bool = False
    """Whether its weights come with the plugin, so that it runs offline."""


@dataclass(frozen=True)
class Checkpoint:
    """What is known of a checkpoint without loading its weights."""

    name: str
    """What the user typed."""
    path: str
    """Local folder or hub id."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """``config.json``, empty when there is none."""
    generation_config: Mapping[str, Any] = field(default_factory=dict)
    tokenizer: Any = None
    """The transformers tokenizer."""

    @property
    def chat_template(self) -> str | None:
        """The chat template's source; the one named ``default`` where there are several."""
        template = getattr(self.tokenizer, "chat_template", None)
        if isinstance(template, Mapping):
            template = template.get("default")
        return str(template) if template else None

    @property
    def model_type(self) -> str | None:
        """``model_type`` of the configuration."""
        return self.config.get("model_type")

    @property
    def context_length(self) -> int | None:
        """Longest input plus output in tokens, from the configuration, else from the tokenizer."""
        text_config = self.config.get("text_config") or {}
        found = self.config.get("max_position_embeddings") or text_config.get(
            "max_position_embeddings"
        )
        if not found:
            found = getattr(self.tokenizer, "model_max_length", None)
        # transformers writes 1e30 for "unknown"
        return int(found) if found and found < 10**9 else None

    @property
    def end_token_ids(self) -> tuple[int, ...]:
        """EOS ids of the generation configuration, the configuration and the tokenizer, once each."""
        ids: dict[int, None] = {}
        for source in (self.generation_config, self.config):
            value = source.get("eos_token_id")
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, int):
                    ids[one] = None
        if isinstance(eos := getattr(self.tokenizer, "eos_token_id", None), int):
            ids[eos] = None
        return tuple(ids)


def open_checkpoint(
    name: str, *, path: str | None = None, trust_remote_code: bool = False
) -> Checkpoint:
    """Read a checkpoint's configuration and tokenizer.

    Args:
        name: what the user typed: a folder or a hub id.
        path: where it is, when ``name`` is a short name.
        trust_remote_code: run Python code that comes with the checkpoint.

    Raises:
        UnreachableError: not on this machine and the hub cannot be reached.
        CheckpointError: missing, gated, damaged, or not a language model's folder.
    """
    where = os.path.expanduser(path or name)
    if os.path.isdir(where):
        config, generation = (
            _local_json(where, "config.json"),
            _local_json(where, "generation_config.json"),
        )
        if config is None:
            raise CheckpointError(
                f"`{name}` holds no config.json, so it is not a checkpoint",
                hint=f"ls {where}   # a checkpoint has config.json, tokenizer files and *.safetensors",
            )
    elif _looks_like_path(where):
        raise CheckpointError(
            f"checkpoint folder `{name}` does not exist",
            hint="give a folder that exists, a hub id such as meta-llama/Llama-3.1-8B-Instruct, "
            "or `tiny` for the embedded model",
        )
    else:
        config = _hub_json(where, "config.json")
        generation = _hub_json(where, "generation_config.json", optional=True)
    tokenizer = _tokenizer(where, trust_remote_code=trust_remote_code)
    return Checkpoint(
        name=name,
        path=where,
        config=config or {},
        generation_config=generation or {},
        tokenizer=tokenizer,
    )


def _looks_like_path(name: str) -> bool:
    return (
        name.startswith(("/", "./", "../", "~")) or name.count("/") > 1 or not name or " " in name
    )


def _local_json(folder: str, file: str) -> dict[str, Any] | None:
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


def _hub_json(repo: str, file: str, *, optional: bool = False) -> dict[str, Any] | None:
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
    return _local_json(os.path.dirname(path), file)


def _tokenizer(where: str, *, trust_remote_code: bool) -> Any:
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    from transformers import AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    try:
        return AutoTokenizer.from_pretrained(where, trust_remote_code=trust_remote_code)
    except Exception as error:
        raise explain_hub_error(where, error) from error


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
        f"the tokenizer of `{name}` cannot be loaded: {_first_line(error)}",
        hint=f"magpie doctor --checkpoint {name}",
    )


def _unreachable(name: str) -> UnreachableError:
    return UnreachableError(
        f"checkpoint `{name}` is not on this machine and the hub cannot be reached",
        hint=f"download it where there is a network: hf download {name}, or try: --checkpoint tiny",
    )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
