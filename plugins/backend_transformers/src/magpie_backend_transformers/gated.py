"""The reward head of ArmoRM: several objectives, weighed by a gate that looks at the prompt.

Written from the paper (Wang et al. 2024, arXiv 2406.12845, section 3) and the names of the released
weights. With h the state of the last token and p that of the token that ends the prompt::

    r = W h                      one rating per objective
    r' = r T                     T takes out what length alone explains
    g = softmax(mlp(p) / t) * c  one weight per objective
    reward = sum(g * r')

The released checkpoint brings code of its own, which needs a name that transformers 5 no longer has;
this needs neither that code nor ``trust_remote_code``.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import LlamaModel, LlamaPreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput

ARCHITECTURE = "LlamaForRewardModelWithGating"
"""What such a checkpoint's configuration says of itself."""


class Gate(nn.Module):  # type: ignore[misc]
    """A multilayer perceptron with ReLU between its layers; gives a weight for each objective."""

    def __init__(self, inputs: int, outputs: int, hidden: int, layers: int, temperature: float):
        super().__init__()
        widths = [inputs, *[hidden] * layers, outputs]
        pairs = itertools.pairwise(widths)
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairs)
        self.logit_scale = nn.Parameter(torch.ones(1))
        self.temperature = temperature

    def forward(self, prompt: Tensor) -> Tensor:
        """Weights of shape (rows, objectives) from states of shape (rows, hidden size)."""
        *inner, last = self.layers
        for layer in inner:
            prompt = layer(prompt).relu()
        weights: Tensor = (last(prompt) / self.temperature).softmax(dim=-1)
        return weights * self.logit_scale


class GatedRewardModel(LlamaPreTrainedModel):  # type: ignore[misc]
    """Llama under that head. ``answer_opening`` must be set before it is used."""

    answer_opening: tuple[int, ...] = ()
    """Ids of what stands between the user's words and the answer; the prompt ends with the first."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        # The defaults are those of the released checkpoint.
        objectives = getattr(config, "num_objectives", 19)
        self.model = LlamaModel(config)
        self.regression_layer = nn.Linear(config.hidden_size, objectives, bias=False)
        transform = torch.zeros(objectives, objectives)
        self.reward_transform_matrix = nn.Parameter(transform, requires_grad=False)
        self.gating = Gate(
            config.hidden_size,
            objectives,
            hidden=getattr(config, "gating_hidden_dim", 1024),
            layers=getattr(config, "gating_n_hidden", 3),
            temperature=getattr(config, "gating_temperature", 10),
        )
        self.post_init()

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> SequenceClassifierOutput:
        """One reward per row, of shape (rows, 1); rows are padded on the right.

        Raises:
            ValueError: a row has no answer.
        """
        states = self.model(
            input_ids=input_ids, attention_mask=attention_mask, use_cache=False
        ).last_hidden_state
        lengths = attention_mask.sum(dim=1).tolist()
        rows = range(len(lengths))
        places = [
            prompt_end(ids[:length], self.answer_opening)
            for ids, length in zip(input_ids.tolist(), lengths, strict=True)
        ]
        ratings = self.regression_layer(states[rows, [length - 1 for length in lengths]])
        weights = self.gating(states[rows, places])
        reward = (weights * (ratings @ self.reward_transform_matrix)).sum(dim=-1)
        return SequenceClassifierOutput(logits=reward.unsqueeze(1))


def prompt_end(ids: Sequence[int], answer_opening: Sequence[int]) -> int:
    """Where the last answer is opened.

    Raises:
        ValueError: nowhere.
    """
    ids, wanted = list(ids), list(answer_opening)
    for place in range(len(ids) - len(wanted), -1, -1):
        if ids[place : place + len(wanted)] == wanted:
            return place
    raise ValueError("the conversation has no answer, and this reward head looks for its beginning")
