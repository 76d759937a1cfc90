"""Sample instructions from the bare pre-query, and answer instructions greedily."""

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from .chat import PRE_QUERY, STOP_IDS, answer_prompt

BATCH = 128
LONGEST = 200


class Sampler:
    """A checkpoint, ready to write instructions and answers."""

    def __init__(self, checkpoint: Path) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(checkpoint, padding_side="left")
        self.model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32).eval()

    def instructions(self, count: int, seed: int, temperature: float = 1.0) -> list[str | None]:
        """``count`` texts a user might write; None for one that did not end by itself."""
        torch.manual_seed(seed)
        result: list[str | None] = []
        while len(result) < count:
            prompts = [PRE_QUERY] * min(BATCH, count - len(result))
            sampling = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
            result += self._complete(prompts, **sampling)
        return result

    def answers(self, instructions: Sequence[str]) -> list[str | None]:
        """The most likely answer to each instruction; None for one that did not end by itself."""
        prompts = [answer_prompt(instruction) for instruction in instructions]
        by_length = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        result: list[str | None] = [None] * len(prompts)
        for start in range(0, len(prompts), BATCH):
            indices = by_length[start : start + BATCH]
            texts = self._complete([prompts[index] for index in indices], do_sample=False)
            for index, text in zip(indices, texts, strict=True):
                result[index] = text
        return result

    @torch.no_grad()
    def _complete(self, prompts: Sequence[str], **sampling: object) -> list[str | None]:
        inputs = self.tokenizer(
            list(prompts), add_special_tokens=False, padding=True, return_tensors="pt"
        )
        inputs.pop("token_type_ids", None)
        if not sampling["do_sample"]:
            # The checkpoint's generation settings are for sampling; greedy search takes none.
            sampling |= {"temperature": None, "top_p": None, "top_k": None}
        output = self.model.generate(
            **inputs, max_new_tokens=LONGEST, eos_token_id=STOP_IDS, **sampling
        )
        completions = output[:, inputs["input_ids"].shape[1] :]
        return [self._text(ids) for ids in completions.tolist()]

    def _text(self, ids: list[int]) -> str | None:
        end = next((position for position, token in enumerate(ids) if token in STOP_IDS), None)
        if end is None:
            return None
        return str(self.tokenizer.decode(ids[:end])).strip()
