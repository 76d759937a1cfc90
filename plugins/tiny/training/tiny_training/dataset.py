"""Write the corpus as token ids, without and with the held-out instructions.

python -m tiny_training.dataset --work WORK
"""

import argparse
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from .chat import render
from .generator import Conversation, Generator, training_conversation

BATCH = 20_000


def fingerprint(instruction: str) -> int:
    """A 64-bit hash, to ask later whether an instruction was in the corpus."""
    digest = hashlib.blake2b(instruction.strip().encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


@dataclass(frozen=True)
class Corpus:
    """Token ids of all conversations one after the other, and where each begins and ends."""

    ids: np.ndarray
    lengths: np.ndarray
    #: Sorted fingerprints of all instructions.
    instructions: np.ndarray

    @cached_property
    def starts(self) -> np.ndarray:
        """The position of each conversation's first token."""
        return np.concatenate([[0], np.cumsum(self.lengths)[:-1]])

    def contains(self, instruction: str) -> bool:
        """Whether ``instruction`` is in the corpus, word for word."""
        wanted = np.uint64(fingerprint(instruction))
        position = int(np.searchsorted(self.instructions, wanted))
        return position < len(self.instructions) and self.instructions[position] == wanted

    def save(self, path: Path) -> None:
        np.savez(path, ids=self.ids, lengths=self.lengths, instructions=self.instructions)

    @classmethod
    def load(cls, path: Path) -> "Corpus":
        with np.load(path) as data:
            return cls(data["ids"], data["lengths"].astype(np.int64), data["instructions"])


def encode(tokenizer: Tokenizer, conversations: Iterable[Conversation]) -> list[np.ndarray]:
    """The token ids of each conversation."""
    texts = [render(conversation.messages()) for conversation in conversations]
    encoded = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    return [np.array(encoding.ids, np.uint16) for encoding in encoded]


def make_corpus(tokenizer: Tokenizer, count: int, seed: int, held_out: bool) -> Corpus:
    """A corpus of ``count`` conversations."""
    generator = Generator(seed)
    rows: list[np.ndarray] = []
    instructions: set[int] = set()
    for first in range(0, count, BATCH):
        batch = [
            training_conversation(generator, held_out) for _ in range(min(BATCH, count - first))
        ]
        rows += encode(tokenizer, batch)
        instructions |= {fingerprint(turn.instruction) for c in batch for turn in c.turns}
    lengths = np.array([len(row) for row in rows])
    return Corpus(np.concatenate(rows), lengths, np.array(sorted(instructions), np.uint64))


def main() -> None:
    """Write ``train.npz`` and ``validation.npz``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for intermediate files")
    parser.add_argument("--conversations", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(options.work / "tokenizer" / "tokenizer.json"))
    for name, count, seed, held_out in (
        ("train", options.conversations, options.seed, False),
        ("validation", 2000, options.seed + 1, True),
    ):
        corpus = make_corpus(tokenizer, count, seed, held_out)
        corpus.save(options.work / f"{name}.npz")
        print(
            f"{name}: {count} conversations, {corpus.lengths.sum() / 1e6:.1f} M tokens, "
            f"{len(corpus.instructions)} different instructions, "
            f"99 % of the conversations have at most {np.percentile(corpus.lengths, 99):.0f} tokens"
        )


if __name__ == "__main__":
    main()
