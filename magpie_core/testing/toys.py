"""Toy tokenizers and checkpoint folders: transformers' own classes around vocabularies made on the spot.

They stand in for released vocabularies, which are never copied: what a chat template writes, where a
prompt is cut between tokens and which tokens end it can be tested with them; known ids cannot.
transformers and tokenizers are imported when a toy is built, not before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

SPLIT = r"\s*[\r\n]+|\s+(?!\S)| ?[^\s]+|\s+"
"""Line breaks stay together, as Llama 3 and Qwen split them, and a word carries the space before it."""
TWO_NEWLINES = ("Ċ", "Ċ")
"""The one merge a byte-level toy has unless told otherwise: most released vocabularies have it."""
SPACED_WORDS = (
    "Write",
    "how",
    "3",
    "`",
    "潮",
    "¿",
    "How",
    "[INST]",
    "[/INST]",
    "USER:",
    "ASSISTANT:",
)
"""What a SentencePiece toy knows as one token with the space before it (``▁How``)."""
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""ChatML's template, no more than that: odd ones are made of it."""


def byte_level(
    template: str | None = None,
    *,
    bos: str | None = "<s>",
    eos: str | None = "</s>",
    special: Sequence[str] = (),
    merges: Sequence[tuple[str, str]] = (TWO_NEWLINES,),
    swallows: bool = False,
) -> Any:
    """A byte-level BPE: every text is one token a byte, but for special tokens and ``merges``.

    Args:
        template: the chat template's source.
        bos: the BOS token; None for a vocabulary without.
        eos: the EOS token; None for a vocabulary without.
        special: more special tokens.
        merges: pairs of pieces that are one token, in the byte alphabet: ``Ċ`` is a newline, ``Ġ`` a space.
        swallows: special tokens take the white space behind them, as Phi-3's do.

    Returns:
        a ``transformers.PreTrainedTokenizerFast``.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

    pieces = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *map("".join, merges)]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=list(merges)))
    split = pre_tokenizers.Split(Regex(SPLIT), "isolated")
    in_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.pre_tokenizer = pre_tokenizers.Sequence([split, in_bytes])
    backend.decoder = decoders.ByteLevel()
    names = dict.fromkeys(token for token in (bos, eos, *special) if token)
    backend.add_special_tokens(
        [AddedToken(token, rstrip=swallows, normalized=False) for token in names]
    )
    return _wrapped(backend, template, bos_token=bos, eos_token=eos)


def sentence_piece(template: str | None = None, *, special: Sequence[str] = ()) -> Any:
    """A BPE in SentencePiece's manner: a word carries the space before it, and a text begins with one.

    It knows ASCII and ``SPACED_WORDS``; everything else is ``<unk>``. BOS is ``<s>``, EOS ``</s>``.

    Returns:
        a ``transformers.PreTrainedTokenizerFast``.
    """
    from tokenizers import Tokenizer, models, normalizers

    vocabulary, merges = _spaced_words()
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>"))
    backend.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    backend.add_special_tokens(["<s>", "</s>", *special])
    return _wrapped(backend, template, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def toy_checkpoint(
    folder: str | Path,
    tokenizer: Any,
    *,
    config: Mapping[str, Any] | None = None,
    generation_config: Mapping[str, Any] | None = None,
) -> Path:
    """Write a checkpoint folder without weights: enough for ``magpie probe`` and the fake backend.

    Args:
        folder: made if it is not there.
        tokenizer: what ``byte_level`` or ``sentence_piece`` built, chat template included.
        config: over the usual entries of ``config.json`` (a Llama with a context of 4096 tokens).
        generation_config: contents of ``generation_config.json``, if there is to be one.

    Returns:
        the folder.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    usual = {
        "model_type": "llama",
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 4096,
        "eos_token_id": tokenizer.eos_token_id,
    }
    (folder / "config.json").write_text(json.dumps(usual | dict(config or {})))
    if generation_config is not None:
        (folder / "generation_config.json").write_text(json.dumps(dict(generation_config)))
    return folder


def templates_beside(test_file: str) -> Callable[[str], str]:
    """A function that reads ``templates/NAME.jinja`` beside ``test_file`` (a test's ``__file__``)."""
    folder = Path(test_file).with_name("templates")
    return lambda name: (folder / f"{name}.jinja").read_text("utf-8")


def _spaced_words() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Vocabulary and merges that make each of ``SPACED_WORDS`` one token, from its space onwards."""
    vocabulary = {"<unk>": 0, "<s>": 1, "</s>": 2, "▁": 3}
    merges: list[tuple[str, str]] = []
    for character in map(chr, [10, *range(32, 127), *map(ord, "潮汐¿ó")]):
        vocabulary.setdefault(character, len(vocabulary))
    for word in SPACED_WORDS:
        left = "▁"
        for character in word:
            if left + character not in vocabulary:
                vocabulary[left + character] = len(vocabulary)
                merges.append((left, character))
            left += character
    return vocabulary, merges


def _wrapped(backend: Any, template: str | None, **named: str | None) -> Any:
    from transformers import PreTrainedTokenizerFast

    given = {name: token for name, token in named.items() if token}
    return PreTrainedTokenizerFast(tokenizer_object=backend, chat_template=template, **given)
