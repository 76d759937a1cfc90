"""What was found out about a server. No network."""

from __future__ import annotations

from typing import Literal

import msgspec

from magpie_backend_openai.dialects import OPENAI, Dialect


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One server's abilities, or what several have in common."""

    dialect: Dialect = OPENAI
    model: str = ""
    version: str = ""
    max_context: int | None = None
    prompt: Literal["ids", "text", "messages"] = "ids"
    strips_bos: bool = False
    """The server writes the BOS itself, so that ours is left out of the text."""
    counted: bool = False
    """It counts prompt tokens as we do."""
    returns_ids: bool = False
    seeds: bool = False
    first_token_rules: bool = False
    json_schema: bool = False

    @property
    def way(self) -> tuple[str, str, bool, bool]:
        """What has to be the same of all servers for one request to fit them."""
        return (self.dialect.name, self.prompt, self.strips_bos, self.returns_ids)

    @property
    def told(self) -> str:
        """The same in words."""
        name, prompt, strips_bos, returns_ids = self.way
        adds = ", which adds the BOS itself" if strips_bos else ""
        back = "with ids back" if returns_ids else "without ids back"
        return f"server of the kind {name} asked by {prompt}{adds}, {back}"

    def missing_from(self, other: Facts) -> list[str]:
        """Abilities that ``other`` lacks."""
        names = ("seeds", "first_token_rules", "json_schema")
        return [
            name.replace("_", " ")
            for name in names
            if getattr(self, name) and not getattr(other, name)
        ]


def common(found: list[Facts]) -> Facts:
    """What all servers can do."""
    contexts = [one.max_context for one in found if one.max_context]
    return msgspec.structs.replace(
        found[0],
        max_context=min(contexts, default=None),
        counted=all(one.counted for one in found),
        seeds=all(one.seeds for one in found),
        first_token_rules=all(one.first_token_rules for one in found),
        json_schema=all(one.json_schema for one in found),
    )
