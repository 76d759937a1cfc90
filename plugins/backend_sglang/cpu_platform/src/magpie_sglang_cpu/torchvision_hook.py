"""Let ``import torchvision`` succeed beside a processor's torch; nothing here computes with it.

PyPI's torchvision is built for CUDA, so its library of operations does not load beside such a torch, and its
Python part then refers to two operations that nobody declared. SGLang imports it for every model, and
transformers 5 wherever it is installed. A ``.pth`` file imports this module when Python starts, so it waits
until torchvision is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from typing import Any

_declared: list[Any] = []


class _BeforeTorchvision(MetaPathFinder):
    """Finds nothing: it is asked first, and declares what torchvision will look for."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> None:
        if name == "torchvision" and not _declared:
            _declare()


def _declare() -> None:
    import torch

    if hasattr(torch.ops.torchvision, "nms"):
        return
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)  # the declarations go when the library is freed


sys.meta_path.insert(0, _BeforeTorchvision())
