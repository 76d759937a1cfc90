"""Write a corpus in which every conversation is in one family's chat format.

python -m family_training.mixture --stem llama --work WORK
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import numpy as np
from tokenizers import Tokenizer

from magpie_core import Turn
from magpie_core.chat.format import ChatFormat
from magpie_core.plugins import load_plugins
from magpie_tiny_families.catalogue import MEMBERS, Member
from magpie_tiny_families.tokenizer import tokenizer_json, write_tokenizer
from tiny_training.dataset import Corpus, fingerprint
from tiny_training.generator import Conversation, Generator, training_conversation

#: Of a family that has both, how often the pre-query without the default system block.
BARE_SHARE = 0.5
#: A default system prompt this long (in characters) makes rows that are slow to train on.
LONG_OPENING, LONG_SHARE = 300, 0.08
THOUGHTS = [
    "The user asks about {}. A short answer is enough.",
    "This is about {}. I know how to do this.",
    "A request about {}. Let me answer it.",
]


class Style:
    """One way to write a conversation: a chat format and the tokenizer that reads it."""

    def __init__(self, member: Member, chat: ChatFormat) -> None:
        content = tokenizer_json(member.vocabulary, bos=None, swallows=member.swallows)
        self.tokenizer = Tokenizer.from_str(json.dumps(content))
        self.chat = chat
        self.end = self._end(member)

    def _end(self, member: Member) -> str:
        """What the model writes after its last words: up to the first token that ends a turn."""
        stop = member.vocabulary["end_of_turn"]
        before, found, _ = self.chat.turn_append.partition(stop)
        return before + found

    def write(self, conversation: Conversation, rng: Random) -> str:
        """The whole conversation, the last answer and its end included."""
        turns = [Turn(m["role"], m["content"]) for m in conversation.messages()]
        if turns[0].role == "system" and self.chat.system_role in ("dropped", "refused"):
            turns = turns[1:]
        bare = rng.random() < self._bare_share() and turns[0].role != "system"
        prompt = self.chat.render(turns[:-1], bare=bare)
        return prompt + self._answer(turns[-1].content, conversation, rng) + self.end

    def _bare_share(self) -> float:
        extra = len(self.chat.pre_query) - len(self.chat.pre_query_bare)
        return 1 - LONG_SHARE if extra > LONG_OPENING else BARE_SHARE

    def _answer(self, text: str, conversation: Conversation, rng: Random) -> str:
        """The answer, after its thoughts where the generation prompt opens them."""
        opening, usual = self.chat.user_to_assistant, self.chat.user_to_assistant_history
        if opening.endswith("<think>\n"):
            task = conversation.turns[-1].task
            subject = task.category if task else "small talk"
            return f"{rng.choice(THOUGHTS).format(subject)}\n</think>\n\n{text}"
        # The space that a template writes before a finished answer belongs to the answer's first token.
        return usual.removeprefix(opening) + text if usual.startswith(opening) else text


def styles(stem: str) -> list[Style]:
    """Every different format of the families that are computed from ``stem``."""
    families = load_plugins().families()
    found: dict[tuple[str, str], Style] = {}
    for member in MEMBERS:
        # Gemma 1 is computed from the Llama stem; its format is that of Gemma 2.
        if member.stem == stem:
            chat = families[member.family].chat_format()
            key = (chat.fingerprint, json.dumps(member.vocabulary, sort_keys=True))
            found.setdefault(key, Style(member, chat))
    return list(found.values())


def rows(
    stem_styles: Sequence[Style], count: int, seed: int, held_out: bool
) -> Iterator[tuple[Conversation, np.ndarray]]:
    """``count`` conversations, each in a style drawn by chance, and their token ids."""
    generator, rng = Generator(seed), Random(seed)
    for _ in range(count):
        conversation = training_conversation(generator, held_out)
        style = rng.choice(stem_styles)
        encoded = style.tokenizer.encode(style.write(conversation, rng), add_special_tokens=False)
        yield conversation, np.array(encoded.ids, np.uint16)


def make_corpus(stem_styles: Sequence[Style], count: int, seed: int, held_out: bool) -> Corpus:
    """A corpus of ``count`` conversations."""
    ids: list[np.ndarray] = []
    instructions: set[int] = set()
    for conversation, row in rows(stem_styles, count, seed, held_out):
        ids.append(row)
        instructions |= {fingerprint(turn.instruction) for turn in conversation.turns}
    lengths = np.array([len(row) for row in ids])
    return Corpus(np.concatenate(ids), lengths, np.array(sorted(instructions), np.uint64))


def main() -> None:
    """Write ``train.npz``, ``validation.npz`` and a tokenizer for the checkpoint in training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stem", choices=("llama", "gemma"), required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder for intermediate files")
    parser.add_argument("--conversations", type=int, default=250_000)
    parser.add_argument("--seed", type=int, default=21)
    options = parser.parse_args()
    stem_styles = styles(options.stem)
    print(f"{len(stem_styles)} formats")
    for name, count, seed, held_out in (
        ("train", options.conversations, options.seed, False),
        ("validation", 2000, options.seed + 1, True),
    ):
        corpus = make_corpus(stem_styles, count, seed, held_out)
        corpus.save(options.work / f"{name}.npz")
        print(
            f"{name}: {corpus.lengths.sum() / 1e6:.1f} M tokens, 50/90/99/99.9 %: "
            f"{np.percentile(corpus.lengths, [50, 90, 99, 99.9]).tolist()}"
        )
    tokenizer = options.work / "tokenizer"
    tokenizer.mkdir(exist_ok=True)
    member = next(m for m in MEMBERS if m.stem == options.stem)
    write_tokenizer(tokenizer, member.vocabulary, bos=None, template="", swallows=False)


if __name__ == "__main__":
    main()
