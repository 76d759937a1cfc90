"""Train the byte-level BPE and write it so that transformers 4 and 5 load it.

python -m tiny_training.tokenizer --work WORK
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from .chat import BEGIN, BEGIN_ID, CHAT_TEMPLATE, END_OF_TURN, PADDING, SPECIAL_TOKENS
from .generator import Generator

VOCABULARY_SIZE = 3072
CONTEXT = 1024
#: Words take one space along; digits and Han characters stand alone, so that sums and new names
#: are spelled from parts the model has seen.
SPLIT = (
    r"\p{Han}|(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    """Split by ``SPLIT``, then into bytes."""
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def sample_texts(conversations: int, seed: int) -> Iterator[str]:
    """Message contents, and the role headers as the model will see them."""
    generator = Generator(seed)
    for _ in range(conversations):
        for message in generator.conversation().messages():
            yield message["content"]
            yield f"{message['role']}\n\n"


def train_tokenizer(conversations: int, seed: int) -> Tokenizer:
    """A BPE with the special tokens at the first ids."""
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE - len(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        min_frequency=3,
        show_progress=False,
    )
    learner.train_from_iterator(sample_texts(conversations, seed), trainer)
    learned = json.loads(learner.to_str())["model"]

    vocabulary = {token: index for index, token in enumerate(SPECIAL_TOKENS)}
    for token, index in learned["vocab"].items():
        vocabulary[token] = index + len(SPECIAL_TOKENS)
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=list(map(tuple, learned["merges"]))))
    tokenizer.pre_tokenizer = pre_tokenizer()
    tokenizer.decoder = decoders.ByteLevel()
    # Like Llama 3: a plain call adds one BOS, ``add_special_tokens=False`` adds none.
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A", pair=f"{BEGIN} $A $B", special_tokens=[(BEGIN, BEGIN_ID)]
    )
    tokenizer.add_special_tokens(SPECIAL_TOKENS)
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write ``tokenizer.json`` and a ``tokenizer_config.json`` that names no class of transformers 5."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "bos_token": BEGIN,
        "chat_template": CHAT_TEMPLATE,
        "clean_up_tokenization_spaces": False,
        "eos_token": END_OF_TURN,
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": CONTEXT,
        "pad_token": PADDING,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    """Train on a sample of the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for intermediate files")
    parser.add_argument("--conversations", type=int, default=150_000)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    tokenizer = train_tokenizer(options.conversations, options.seed)
    save_tokenizer(tokenizer, options.work / "tokenizer")
    print(f"{tokenizer.get_vocab_size()} tokens")


if __name__ == "__main__":
    main()
