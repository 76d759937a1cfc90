"""How large everything is: the sizes of the published figures, and small ones that only try the way."""

from __future__ import annotations

from typing import NamedTuple


class Sizes(NamedTuple):
    """Numbers of rows and prompts, and minutes."""

    base_steps: int
    documents: int
    reward_steps: int
    reward_instructions: int
    """That the chat model answers, for the reward model's pairs."""
    rows: int
    """Conversations to train on, raw and filtered."""
    pool: int
    """Conversations that the filtered ones are chosen from."""
    pairs: int
    """Pairs to train on, at most."""
    margin: float
    """Of rewards, in those pairs; what the reward model says of nearer ones is worth little."""
    vllm: int
    """Instructions of the preference run on vLLM."""
    prompts: int
    """Held-out prompts."""
    seeds: tuple[int, ...]
    """Of the trainers."""


FULL = Sizes(
    base_steps=2_200,
    documents=60_000,
    reward_steps=700,
    reward_instructions=8_000,
    rows=4_800,
    pool=9_000,
    pairs=1_500,
    margin=1,
    vllm=200,
    prompts=600,
    seeds=(0, 1),
)
SMALL = Sizes(
    base_steps=80,
    documents=3_000,
    reward_steps=40,
    reward_instructions=200,
    rows=150,
    pool=400,
    pairs=60,
    margin=0,
    vllm=20,
    prompts=60,
    seeds=(0,),
)
