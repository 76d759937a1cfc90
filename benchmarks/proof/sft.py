"""Fine-tune the base on a file of conversations with TRL's SFTTrainer; the loss is on the answers only.

python benchmarks/proof/sft.py --base DIR --data raw.jsonl --seed 0 --out DIR
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from paths import TEMPLATE
from trained import COMMON, LOADED, save

EPOCHS, RATE, BATCH = 2, 3e-4, 32
TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "One and one?"},
    {"role": "assistant", "content": " Two.\n"},
    {"role": "user", "content": "And one?"},
    {"role": "assistant", "content": "Three."},
]


def check_template(checkpoint: Path) -> None:
    """The template with marks writes what the checkpoint's own writes.

    Raises:
        ValueError: it does not.
    """
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    marked = TEMPLATE.read_text(encoding="utf-8")
    for talk in (TALK, TALK[1:], TALK[:2], TALK[1:2]):
        for asked in (False, True):
            own, ours = (
                tokenizer.apply_chat_template(
                    talk, tokenize=False, add_generation_prompt=asked, **which
                )
                for which in ({}, {"chat_template": marked})
            )
            if own != ours:
                raise ValueError(f"{TEMPLATE.name} writes {ours!r}, the checkpoint's own {own!r}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=float, default=EPOCHS)
    parser.add_argument("--rate", type=float, default=RATE)
    options = parser.parse_args()
    check_template(options.base)

    from datasets import load_dataset
    from trl import SFTConfig, SFTTrainer

    data = load_dataset("json", data_files=str(options.data), split="train")
    config = SFTConfig(
        output_dir=str(options.out),
        model_init_kwargs=LOADED,
        chat_template_path=str(TEMPLATE),
        assistant_only_loss=True,
        num_train_epochs=options.epochs,
        learning_rate=options.rate,
        per_device_train_batch_size=BATCH,
        train_sampling_strategy="group_by_length",
        seed=options.seed,
        **COMMON,
    )
    start, used = time.monotonic(), time.process_time()
    trainer = SFTTrainer(
        model=str(options.base), args=config, train_dataset=data.select_columns(["messages"])
    )
    loss = trainer.train().training_loss
    save(trainer, options.base, options.out)
    figures = {
        "rows": len(data),
        "steps": trainer.state.global_step,
        "loss": round(loss, 4),
        "minutes": round((time.monotonic() - start) / 60, 2),
        "processor_minutes": round((time.process_time() - used) / 60, 2),
    }
    (options.out / "proof.json").write_text(json.dumps(figures) + "\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
