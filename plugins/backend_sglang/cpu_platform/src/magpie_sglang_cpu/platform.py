"""The platform class. SGLang imports this module when it has chosen it."""

from __future__ import annotations

from typing import Any

from sglang.srt.platforms.cpu import CpuDeviceMixin
from sglang.srt.platforms.device_mixin import PlatformEnum
from sglang.srt.platforms.interface import SRTPlatform


class TorchPlatform(CpuDeviceMixin, SRTPlatform):
    """A processor, seen by SGLang as a device from outside its tree: no kernels, graphs or Triton."""

    _enum = PlatformEnum.OOT
    device_name = "cpu"
    device_type = "cpu"

    def get_default_attention_backend(self) -> str:
        """PyTorch's own scaled-dot-product attention."""
        return "torch_native"

    def is_pin_memory_available(self, device: Any = None) -> bool:
        """Never: pinned memory is for copies to a GPU."""
        return False

    def get_mha_kv_pool_cls(self) -> type:
        """SGLang's plain pool of keys and values; 0.5.21 asks a platform from outside for one."""
        from sglang.srt.mem_cache.memory_pool import MHATokenToKVPool

        return MHATokenToKVPool

    def get_paged_allocator_cls(self) -> Any:
        """The allocator that hands out single tokens: page size 1 is the only one there is here."""
        from sglang.srt.mem_cache.allocator import TokenToKVPoolAllocator

        def allocator(size: int, page_size: int, **settings: Any) -> Any:
            if page_size != 1:
                raise ValueError(f"this platform has pages of one token, not of {page_size}")
            return TokenToKVPoolAllocator(size, **settings)

        return allocator
