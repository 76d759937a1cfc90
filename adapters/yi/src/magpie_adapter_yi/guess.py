"""Tell Yi 1.5 by its chat template. Says nothing without a template."""

from __future__ import annotations

from magpie_adapter_yi.yi15 import YI15
from magpie_core import Checkpoint


def guess(checkpoint: Checkpoint) -> str | None:
    """Yi 1.5 where a ChatML template writes the system prompt bare, or None.

    The architecture says nothing, Yi being a `llama` model, and neither does ChatML.
    """
    template = checkpoint.chat_template or ""
    marked = all(marker in template for marker in YI15.template_markers)
    others = any(marker in template for marker in YI15.template_absent)
    return YI15.name if marked and not others else None
