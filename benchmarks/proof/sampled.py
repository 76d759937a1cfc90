"""Worse answers as the chat model itself gives them: sampled hot, refused by the task's checker.

Instructions that are held out are never drawn, and none is one that a run made.
"""

from __future__ import annotations

import paths  # noqa: F401  (finds tiny_training)
import torch
from corrupting import Pair
from transformers import AutoModelForCausalLM, AutoTokenizer

from magpie_tiny import CHECKPOINT
from tiny_training.chat import STOP_IDS, answer_prompt
from tiny_training.generator import Generator, Turn, is_held_out

TEMPERATURE = 1.3
EACH = 3
"""Answers to each instruction."""
BATCH = 128
"""Instructions answered together."""
KIND = "sampled"


def sampled_pairs(instructions: int, seed: int) -> list[Pair]:
    """A pair for each instruction that was answered wrongly: with a right sample, else the corpus's answer.

    Where there is a right sample both texts are the model's own, so nothing but being right tells them apart.
    """
    turns = _turns(instructions, seed)
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(CHECKPOINT, dtype=torch.float32).eval()
    found: list[Pair] = []
    for start in range(0, len(turns), BATCH):
        some = turns[start : start + BATCH]
        for turn, answers in zip(some, _answers(model, tokenizer, some), strict=True):
            verdicts = [(one, turn.expected is None or turn.expected(one)) for one in answers]
            wrong = [one for one, is_right in verdicts if not is_right]
            right = [one for one, is_right in verdicts if is_right]
            if wrong:
                good = right[0] if right else turn.answer
                found.append(Pair(turn.instruction, good, wrong[0], KIND))
    return found


def _turns(count: int, seed: int) -> list[Turn]:
    """Different instructions, by length, so that a batch's are alike."""
    generator = Generator(seed, system_share=0, next_turn_share=0)
    found: dict[str, Turn] = {}
    while len(found) < count:
        turn = generator.turn()
        if not is_held_out(turn.instruction):
            found.setdefault(turn.instruction, turn)
    return sorted(found.values(), key=lambda turn: (len(turn.answer), turn.instruction))


@torch.no_grad()
def _answers(model: object, tokenizer: object, turns: list[Turn]) -> list[list[str]]:
    inputs = tokenizer(
        [answer_prompt(turn.instruction) for turn in turns],
        add_special_tokens=False,
        padding=True,
        return_tensors="pt",
    )
    inputs.pop("token_type_ids", None)
    # A sample that goes on for much longer than the right answers is wrong by then.
    longest = max(len(tokenizer(turn.answer)["input_ids"]) for turn in turns)
    output = model.generate(
        **inputs,
        max_new_tokens=10 + 3 * longest // 2,
        eos_token_id=STOP_IDS,
        do_sample=True,
        temperature=TEMPERATURE,
        top_k=0,
        num_return_sequences=EACH,
    )
    texts = []
    for ids in output[:, inputs["input_ids"].shape[1] :].tolist():
        end = next((place for place, token in enumerate(ids) if token in STOP_IDS), len(ids))
        texts.append(str(tokenizer.decode(ids[:end])).strip())
    return [texts[place : place + EACH] for place in range(0, len(texts), EACH)]
