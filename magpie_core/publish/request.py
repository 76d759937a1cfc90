"""What is to be published, as asked for. Opens nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SHARD_MB = 250


@dataclass(frozen=True)
class Request:
    """What the command line says, but for where it goes."""

    formats: tuple[str, ...] = ()
    """Names of exporters; the first is the default configuration. Empty: chosen from what is there."""
    selection: str | None = None
    preferences: str | None = None
    splits: Path | None = None
    limit: int | None = None
    shard_mb: int = SHARD_MB
    title: str = ""
    where: str = ""
    """Name that ``load_dataset`` is given."""
    licence: str | None = None
    model_licences: dict[str, str] = field(default_factory=dict)

    def said(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "splits": str(self.splits) if self.splits else None}
