"""The effective batch on other numbers of GPUs: micro batch x accumulation x GPUs. Knows no trainer."""

from __future__ import annotations

import msgspec


class Batch(msgspec.Struct, frozen=True):
    """How a step is put together."""

    micro: int
    """Sequences on one device at a time."""
    accumulation: int
    """Backward passes before a step."""
    devices: int
    """GPUs, or one processor."""

    @property
    def effective(self) -> int:
        """Sequences of one step."""
        return self.micro * self.accumulation * self.devices

    def __str__(self) -> str:
        return f"{self.micro} x {self.accumulation} x {self.devices}"


def batch_for(wanted: int, micro: int, gpus: int) -> Batch:
    """The batch of ``wanted`` sequences on ``gpus``, or the nearest that these can make.

    The micro batch is kept where it divides, and made smaller where only that keeps ``wanted``.

    Args:
        wanted: effective batch.
        micro: at most so many on one device at a time.
        gpus: 0 is a processor, which counts as one device.
    """
    devices = max(gpus, 1)
    for size in range(micro, 0, -1):
        if wanted % (size * devices) == 0:
            return Batch(size, wanted // (size * devices), devices)
    size = min(micro, max(wanted // devices, 1))
    return Batch(size, max(round(wanted / (size * devices)), 1), devices)
