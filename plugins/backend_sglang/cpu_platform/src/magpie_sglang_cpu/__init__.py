"""SGLang on plain PyTorch and a processor, by SGLang's own extension point for platforms.

SGLang's processor mode needs its compiled kernels (``sgl_kernel``), which PyPI has for CUDA alone. A
platform from outside its tree makes every operation use its PyTorch form instead. Slow, and right: made for
tests.
"""

from __future__ import annotations


def activate() -> str:
    """Called by SGLang when it looks for platforms: the class to use."""
    return "magpie_sglang_cpu.platform:TorchPlatform"
