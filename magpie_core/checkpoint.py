"""Open a checkpoint's tokenizer and configuration: everything but its weights. Imports no torch."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

import msgspec

from magpie_core.errors import CheckpointError
from magpie_core.hub import (
    explain_hub_error,
    go_offline_if_unreachable,
    hub_json,
    local_json,
    weights_identity,
)

TOKENIZER_FILES = (
    "tokenizer.*",
    "vocab.*",
    "*.model",
    "*.tiktoken",
    "tekken.json",
    "tokenization_*.py",
)
"""Patterns of the files a vocabulary comes in; ``tokenizer_config.json`` holds none."""
_OTHER_HEADS = re.compile(
    r"For(?:SequenceClassification|TokenClassification|QuestionAnswering|RewardModel)"
)
"""Endings that transformers gives its classes; ArmoRM's is ``LlamaForRewardModelWithGating``."""
UNKNOWN_LENGTH = 10**9
"""From here on a length means "unknown": transformers writes 1e30."""


class NamedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A short name for a checkpoint, offered by ``magpie_register_models``."""

    name: str
    path: str | Callable[[], str]
    """Local folder or hub id; or a function that makes the folder when it is first wanted."""
    family: str
    description: str = ""
    embedded: bool = False
    """Whether its weights come with the plugin, so that it runs offline."""

    def location(self) -> str:
        """Local folder or hub id."""
        return self.path if isinstance(self.path, str) else self.path()


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
    weights: str | None = None
    """Identity of the weights, see ``hub.weights_identity``; they are not loaded."""

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
        found = self.config.get("model_type")
        return found if isinstance(found, str) else None

    @property
    def without_words(self) -> str | None:
        """Its architecture, where that has a head that scores or classifies in place of one that writes.

        Such a checkpoint can be opened to write all the same: engines may make up the head it lacks.
        """
        named = self.config.get("architectures")
        for one in named if isinstance(named, list) else ():
            if isinstance(one, str) and _OTHER_HEADS.search(one):
                return one
        return None

    @property
    def vocabulary(self) -> int | None:
        """How many token ids the model has, from the configuration."""
        text_config = self.config.get("text_config")
        for source in (self.config, text_config if isinstance(text_config, Mapping) else {}):
            size = source.get("vocab_size")
            if isinstance(size, int) and not isinstance(size, bool) and size > 0:
                return size
        return None

    @property
    def context_length(self) -> int | None:
        """Longest input plus output in tokens, from the configuration, else from the tokenizer."""
        inner = self.config.get("text_config")
        said = (
            self.config.get("max_position_embeddings"),
            inner.get("max_position_embeddings") if isinstance(inner, Mapping) else None,
            getattr(self.tokenizer, "model_max_length", None),
        )
        return next((one for one in map(_length, said) if one), None)

    @property
    def end_token_ids(self) -> tuple[int, ...]:
        """EOS ids of the generation configuration, the configuration and the tokenizer, once each."""
        ids: dict[int, None] = {}
        for source in (self.generation_config, self.config):
            value = source.get("eos_token_id")
            for one in value if isinstance(value, list) else [value]:
                if type(one) is int and one >= 0:
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
            local_json(where, "config.json"),
            local_json(where, "generation_config.json"),
        )
        if config is None:
            raise CheckpointError(
                f"`{name}` holds no config.json, so it is not a checkpoint",
                hint=f"ls {where}   # a checkpoint has config.json, tokenizer files and *.safetensors",
            )
        _require_tokenizer(where, name)
    elif os.path.isfile(where):
        raise CheckpointError(
            f"`{name}` is a file, not a checkpoint folder",
            hint=f"name the folder it is in: --checkpoint {os.path.dirname(where) or '.'}",
        )
    elif _looks_like_path(where):
        raise CheckpointError(
            f"checkpoint folder `{name}` does not exist",
            hint="give a folder that exists, a hub id such as meta-llama/Llama-3.1-8B-Instruct, "
            "or `tiny` for the embedded model",
        )
    else:
        go_offline_if_unreachable()
        config = hub_json(where, "config.json")
        generation = hub_json(where, "generation_config.json", optional=True)
    try:
        tokenizer = _tokenizer(where, trust_remote_code=trust_remote_code)
    except CheckpointError as error:
        _blame_token_ids(name, config or {}, error)
        raise
    return Checkpoint(
        name=name,
        path=where,
        config=config or {},
        generation_config=generation or {},
        tokenizer=tokenizer,
        weights=weights_identity(where),
    )


def _length(value: object) -> int | None:
    """``value`` if it is a length; a configuration may hold anything."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 1 <= value < UNKNOWN_LENGTH else None


def _looks_like_path(name: str) -> bool:
    return (
        name.startswith(("/", "./", "../", "~")) or name.count("/") > 1 or not name or " " in name
    )


def _tokenizer(where: str, *, trust_remote_code: bool) -> Any:
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    from transformers import AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    try:
        return AutoTokenizer.from_pretrained(where, trust_remote_code=trust_remote_code)
    except Exception as error:
        raise explain_hub_error(where, error) from error


def _blame_token_ids(name: str, config: Mapping[str, Any], error: CheckpointError) -> None:
    """Say so where a token stands in ``config.json`` in place of its id, on which transformers fails.

    Raises:
        CheckpointError: it does.
    """
    for key in ("bos_token_id", "eos_token_id", "pad_token_id"):
        value = config.get(key)
        for one in value if isinstance(value, list) else [value]:
            if one is not None and type(one) is not int:
                raise CheckpointError(
                    f"`{key}` in config.json of `{name}` is {value!r}, not a token id",
                    hint=f'write the number the tokenizer has for it: "{key}": 2',
                ) from error


def _require_tokenizer(folder: str, name: str) -> None:
    """Refuse a folder without a vocabulary: transformers would make up an empty one for some classes."""
    if any(fnmatch(file, form) for file in os.listdir(folder) for form in TOKENIZER_FILES):
        return
    raise CheckpointError(
        f"`{name}` holds no tokenizer (tokenizer.json or tokenizer.model)",
        hint=f"ls {folder}   # the tokenizer's files belong beside config.json",
    )
