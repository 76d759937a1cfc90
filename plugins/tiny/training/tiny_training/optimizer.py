"""Float32 master weights for a bfloat16 model: Muon for matrices, AdamW for the rest."""

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class LearningRates:
    """Peak learning rates and weight decay."""

    adam: float
    muon: float
    weight_decay: float = 0.05


def cosine(progress: float, step: int, warm_up: int) -> float:
    """The share of the peak rate: linear warm-up by steps, cosine to 2 % by progress."""
    falling = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return min(1.0, (step + 1) / warm_up) * falling


class MasterWeights:
    """Owns the float32 weights; gradients come in as one flat vector."""

    def __init__(self, model: torch.nn.Module, rates: LearningRates) -> None:
        named = list(model.named_parameters())
        self.masters = [p.detach().clone().float().requires_grad_(True) for _, p in named]
        model.to(torch.bfloat16)
        self.parameters = list(model.parameters())
        self.size = sum(master.numel() for master in self.masters)

        matrices, embeddings, vectors = [], [], []
        for (name, _), master in zip(named, self.masters, strict=True):
            if master.ndim < 2:
                vectors.append(master)
            elif "embed" in name or "lm_head" in name:
                embeddings.append(master)
            else:
                matrices.append(master)
        adam_groups = [
            {"params": embeddings, "weight_decay": rates.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ]
        self.optimizers: list[tuple[torch.optim.Optimizer, float]] = [
            (
                torch.optim.AdamW(
                    adam_groups, lr=rates.adam, betas=(0.9, 0.98), eps=1e-9, fused=True
                ),
                rates.adam,
            ),
            (
                torch.optim.Muon(
                    matrices,
                    lr=rates.muon,
                    weight_decay=rates.weight_decay,
                    momentum=0.95,
                    adjust_lr_fn="match_rms_adamw",
                ),
                rates.muon,
            ),
        ]

    @torch.no_grad()
    def collect_gradients(self, flat: torch.Tensor) -> None:
        """Move the model's gradients into ``flat``."""
        offset = 0
        for parameter in self.parameters:
            assert parameter.grad is not None
            flat[offset : offset + parameter.numel()].copy_(parameter.grad.view(-1))
            offset += parameter.numel()
            parameter.grad = None

    @torch.no_grad()
    def step(self, flat: torch.Tensor, share: float) -> None:
        """One step along ``flat``, clipped to norm 1, at ``share`` of the peak rates."""
        norm = flat.norm().item()
        if norm > 1.0:
            flat.mul_(1.0 / norm)
        offset = 0
        for master in self.masters:
            master.grad = flat[offset : offset + master.numel()].view_as(master)
            offset += master.numel()
        for optimizer, peak in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = peak * share
            optimizer.step()
        torch._foreach_copy_([parameter.data for parameter in self.parameters], self.masters)
