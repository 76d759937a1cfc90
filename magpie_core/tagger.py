"""The role that adds columns to finished records. Knows no engine; a tagger that needs one is given it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from magpie_core.record import Record


class Tagger(ABC):
    """Adds named columns to records.

    ``schema`` is the JSON schema of one answer, so that a decoder can be held to it and a reader can
    check it::

        class LengthTagger(Tagger):
            name = "length"
            schema = {"type": "object", "properties": {"characters": {"type": "integer"}}}

            async def tag(self, records):
                return [{"characters": len(r.response)} for r in records]
    """

    name: ClassVar[str]
    schema: ClassVar[dict[str, Any]]

    @abstractmethod
    async def tag(self, records: Sequence[Record]) -> list[dict[str, Any] | None]:
        """Return one answer per record, in order; None where the record could not be tagged."""
