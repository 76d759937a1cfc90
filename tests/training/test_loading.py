"""Exported files in the libraries they are for: ``datasets`` loads them, TRL's trainers prepare and train on them.

Conversations of one, two and three exchanges stand in one file, with a system prompt and without.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from magpie_core import Record
from magpie_core.builtin.exporters import magpie_register_exporters
from magpie_core.export.write import export

datasets = pytest.importorskip("datasets", reason="loads exported files: pip install trl datasets")

SAID = [("What is 2 plus 3?", "5."), ("And 4?", "2 + 4 = 6."), ("Thanks!", "You are welcome!")]
TALKS = {f"m-{number}": SAID[: 1 + number % 3] for number in range(6)}
SYSTEM = {"m-1", "m-5"}
PAIRS = {"m-0", "m-1", "m-2", "m-4", "m-5"}
"""The others have no pair."""
EXPORTERS = {one.name: one for one in magpie_register_exporters()}
CONVERSATIONS = ("messages", "sharegpt", "alpaca", "jsonl", "parquet")
PREFERENCES = ("trl-preference", "handbook-preference", "axolotl-preference")


def messages(name: str) -> list[dict[str, str]]:
    """The conversation called ``name``."""
    system = [{"role": "system", "content": "Be brief."}] if name in SYSTEM else []
    turns = [
        {"role": role, "content": text}
        for exchange in TALKS[name]
        for role, text in zip(("user", "assistant"), exchange, strict=True)
    ]
    return [*system, *turns]


def record(place: int, name: str) -> Record:
    speakers = {"system": "system", "user": "human", "assistant": "gpt"}
    whole = [{"from": speakers[one["role"]], "value": one["content"]} for one in messages(name)]
    extra = {"conversations": whole, "exchanges": len(TALKS[name])}
    if name in PAIRS:
        *prompt, answer = messages(name)
        extra |= {"prompt": prompt, "chosen": answer["content"], "rejected": f"No {place}."}
    (instruction, response), *_ = TALKS[name]
    system = "Be brief." if name in SYSTEM else None
    return Record(
        id=name, index=place, instruction=instruction, response=response, system=system, extra=extra
    )


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Exports the conversations in a form, and loads the file with ``datasets``."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")

    def load(form: str, suffix: str | None = None):
        exporter = EXPORTERS[form]()
        path: Path = tmp_path / f"data{suffix or exporter.suffix}"
        export([record(*one) for one in enumerate(TALKS)], exporter, path)
        kind = "parquet" if path.suffix == ".parquet" else "json"
        return datasets.load_dataset(
            kind, data_files=str(path), split="train", cache_dir=str(tmp_path / "cache")
        )

    return load


@pytest.mark.parametrize("suffix", [".jsonl", ".json"])
def test_messages_load(load, suffix):
    rows = load("messages", suffix)
    assert {row["id"]: row["messages"] for row in rows} == {name: messages(name) for name in TALKS}


@pytest.mark.parametrize("form", ["sharegpt", "jsonl", "parquet"])
def test_conversations_load(load, form):
    roles = {"system": "system", "human": "user", "gpt": "assistant"}
    rows = load(form)
    assert {
        row["id"]: [
            {"role": roles[one["from"]], "content": one["value"]} for one in row["conversations"]
        ]
        for row in rows
    } == {name: messages(name) for name in TALKS}


def test_alpaca_loads(load):
    rows = load("alpaca")
    assert [(row["instruction"], row["output"]) for row in rows] == [SAID[0]] * len(TALKS)
    assert [row["system"] for row in rows] == [
        "Be brief." if name in SYSTEM else None for name in TALKS
    ]


def test_all_forms_are_tried():
    assert {*CONVERSATIONS, *PREFERENCES} == set(EXPORTERS)


@pytest.mark.parametrize("form", PREFERENCES)
def test_pairs_load(load, form):
    rows = load(form)
    assert [row["id"] for row in rows] == sorted(PAIRS)
    for row in rows:
        *asked, answer = messages(row["id"])
        chosen = row["chosen"] if isinstance(row["chosen"], list) else [row["chosen"]]
        assert chosen[-1] == answer
        before = row["messages"] if form == "axolotl-preference" else row["prompt"]
        assert asked == (chosen[:-1] if form == "handbook-preference" else before)


@pytest.fixture
def settings(tmp_path):
    """What both trainers are told: a processor, one step, nothing saved."""
    return {
        "output_dir": str(tmp_path / "out"),
        "use_cpu": True,
        "bf16": False,
        "activation_checkpointing": False,
        "per_device_train_batch_size": 6,
        "max_steps": 1,
        "report_to": "none",
        "save_strategy": "no",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "model_init_kwargs": {"dtype": "float32"},
    }


@pytest.fixture
def trl():
    """TRL, which is imported only where a test trains."""
    return pytest.importorskip("trl", reason="trains on exported files: pip install trl datasets")


@pytest.mark.engine
def test_sft_prepares_and_trains(trl, load, settings, checkpoint):
    """``messages`` only: of ShareGPT's rows TRL takes ``human`` and ``gpt`` as the names of roles."""
    from transformers import AutoTokenizer

    rows = load("messages")
    trainer = trl.SFTTrainer(
        model=checkpoint, args=trl.SFTConfig(**settings), train_dataset=rows.remove_columns("id")
    )
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    wanted = [
        tokenizer.apply_chat_template(messages(name), tokenize=True)["input_ids"] for name in TALKS
    ]
    assert [row["input_ids"] for row in trainer.train_dataset] == wanted
    assert math.isfinite(trainer.train().training_loss)


@pytest.mark.engine
@pytest.mark.filterwarnings(
    "ignore:.*gradient_checkpointing.* is deprecated:FutureWarning"
)  # TRL 1.16
@pytest.mark.parametrize("form", ["trl-preference", "handbook-preference"])
def test_dpo_prepares_and_trains(trl, load, settings, checkpoint, form):
    from transformers import AutoTokenizer

    rows = load(form)
    if form == "handbook-preference":
        rows = rows.remove_columns("prompt")  # for people; the handbook reads the two conversations
    trainer = trl.DPOTrainer(
        model=checkpoint, args=trl.DPOConfig(**settings), train_dataset=rows.remove_columns("id")
    )
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    for name, row in zip(sorted(PAIRS), trainer.train_dataset, strict=True):
        prompt = tokenizer.decode(row["prompt_ids"])
        asked = messages(name)[:-1]
        assert prompt == tokenizer.apply_chat_template(
            asked, tokenize=False, add_generation_prompt=True
        )
        assert tokenizer.decode(row["chosen_ids"]).startswith(messages(name)[-1]["content"])
        assert tokenizer.decode(row["rejected_ids"]).startswith("No ")
    assert math.isfinite(trainer.train().training_loss)
