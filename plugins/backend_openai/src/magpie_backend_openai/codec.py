"""The checkpoint's tokenizer as this backend needs it: ids to text and back, without anything added."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from magpie_core.checkpoint import Checkpoint

QUESTION = "Name a river."


class Codec:
    """Encodes and decodes as the engine behind the server is expected to."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.tokenizer = checkpoint.tokenizer
        self.vocabulary = checkpoint.vocabulary or len(checkpoint.tokenizer)
        self.end_token_ids = frozenset(checkpoint.end_token_ids)

    def encode(self, text: str) -> list[int]:
        """Ids of ``text``; control tokens in it are read as such, none is added."""
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def shown(self, ids: Sequence[int]) -> str:
        """Text of sampled ids without special tokens."""
        text: str = self.tokenizer.decode(
            list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def written(self, ids: Sequence[int]) -> str:
        """Text of a prompt's ids, control tokens included."""
        text: str = self.tokenizer.decode(
            list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return text

    @cached_property
    def bos(self) -> str:
        """Text of the BOS token; empty where there is none."""
        return str(self.tokenizer.bos_token or "")

    @cached_property
    def control_texts(self) -> tuple[str, ...]:
        """How the control tokens are written."""
        added = getattr(self.tokenizer, "added_tokens_decoder", {}).values()
        special = (one.content for one in added if one.special)
        return tuple(dict.fromkeys((*map(str, self.tokenizer.all_special_tokens), *special)))

    def question(self) -> list[int]:
        """A question in the checkpoint's chat format, or plain where it has none."""
        return self.encode(self.in_template(QUESTION) or self.bos + QUESTION)

    def in_template(self, text: str) -> str | None:
        """``text`` as a user's message, ready for the answer; None without a usable template."""
        if self.checkpoint.chat_template is None:
            return None
        turns = [{"role": "user", "content": text}]
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    turns, tokenize=False, add_generation_prompt=True
                )
            )
        except Exception:  # a template is somebody's program: it may raise anything
            return None
