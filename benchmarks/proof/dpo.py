"""Train a fine-tuned model on pairs with TRL's DPOTrainer.

python benchmarks/proof/dpo.py --model DIR --data pairs.jsonl --seed 0 --out DIR
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from trained import COMMON, LOADED, save

EPOCHS, RATE, BATCH, BETA = 1, 2e-5, 32, 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=float, default=EPOCHS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--beta", type=float, default=BETA)
    options = parser.parse_args()

    from datasets import load_dataset
    from trl import DPOConfig, DPOTrainer

    data = load_dataset("json", data_files=str(options.data), split="train")
    config = DPOConfig(
        output_dir=str(options.out),
        model_init_kwargs=LOADED,
        beta=options.beta,
        precompute_ref_log_probs=True,
        num_train_epochs=options.epochs,
        learning_rate=options.rate,
        per_device_train_batch_size=BATCH,
        seed=options.seed,
        **COMMON,
    )
    start, used = time.monotonic(), time.process_time()
    trainer = DPOTrainer(
        model=str(options.model),
        args=config,
        train_dataset=data.select_columns(["prompt", "chosen", "rejected"]),
    )
    loss = trainer.train().training_loss
    save(trainer, options.model, options.out)
    accuracies = [one["rewards/accuracies"] for one in trainer.state.log_history if "loss" in one]
    figures = {
        "pairs": len(data),
        "steps": trainer.state.global_step,
        "loss": round(loss, 4),
        "last_accuracy": accuracies[-1] if accuracies else None,
        "minutes": round((time.monotonic() - start) / 60, 2),
        "processor_minutes": round((time.process_time() - used) / 60, 2),
    }
    (options.out / "proof.json").write_text(json.dumps(figures) + "\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
