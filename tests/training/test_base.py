"""Which checkpoint a name says is the base, and which special tokens it must have."""

from __future__ import annotations

import pytest

from magpie_core.checkpoint import Checkpoint
from magpie_core.plugins import load_plugins
from magpie_core.training.base import base_of
from magpie_core.training.pieces import pieces_of
from magpie_core.training.tokens import tokens_for


@pytest.mark.parametrize(
    ("checkpoint", "base"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B"),
        ("meta-llama/Llama-2-7b-chat-hf", "meta-llama/Llama-2-7b-hf"),
        ("google/gemma-2-9b-it", "google/gemma-2-9b"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistralai/Mistral-7B-v0.3"),
        ("01-ai/Yi-1.5-9B-Chat", "01-ai/Yi-1.5-9B"),
        ("microsoft/phi-4", None),
        ("someone/Italian-7B", None),
        ("tiny", None),
        ("./models/mine-instruct", None),
    ],
)
def test_the_base_by_name(checkpoint, base):
    assert base_of(checkpoint) == base


def test_a_folder_of_such_a_name_is_no_hub_id(tmp_path, monkeypatch):
    (tmp_path / "mine/model-instruct").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert base_of("mine/model-instruct") is None


class Tokenizer:
    """A vocabulary of these tokens; the first stands for unknown ones."""

    def __init__(self, *tokens: str, pad: str | None = None, eos: str | None = None) -> None:
        self._tokens = tokens
        self.pad_token, self.eos_token, self.unk_token = pad, eos, tokens[0]
        self.unk_token_id = 0

    def convert_tokens_to_ids(self, token: str) -> int:
        return self._tokens.index(token) if token in self._tokens else 0


CHATML = pieces_of(load_plugins().families()["chatml"].chat_format())
OWN = ("<unk>", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<pad>")


@pytest.mark.parametrize(
    ("tokenizer", "pad", "missing"),
    [
        (Tokenizer(*OWN, pad="<pad>", eos="<|im_end|>"), "<pad>", ()),
        (Tokenizer(*OWN, eos="<|endoftext|>"), "<|endoftext|>", ()),
        (Tokenizer(*OWN, pad="<|im_end|>", eos="<|im_end|>"), "<|im_end|>", ()),
        (Tokenizer("<unk>", "</s>", eos="</s>"), "</s>", ("<|im_start|>", "<|im_end|>")),
        (Tokenizer(*OWN[:2], eos="</s>"), "</s>", ("<|im_end|>",)),
    ],
)
def test_tokens(tokenizer, pad, missing):
    found = tokens_for(CHATML, Checkpoint(name="x", path="x", tokenizer=tokenizer))
    assert (found.end, found.pad, found.missing) == ("<|im_end|>", pad, missing)


def test_of_a_checkpoint_that_cannot_be_opened_nothing_is_said():
    found = tokens_for(CHATML, None)
    assert (found.end, found.pad, found.missing) == ("<|im_end|>", None, ())


def test_plain_text_is_no_special_token():
    families = load_plugins().families()
    llama2 = pieces_of(families["llama2"].chat_format())
    assert llama2.special_tokens == ["<s>", "</s>"]
    assert pieces_of(families["vicuna"].chat_format()).end_token == "</s>"
