"""Tiny checkpoints of every family, in its real architecture and chat format. Loads nothing itself."""

from __future__ import annotations

from functools import partial

from magpie_core import NamedModel, hookimpl
from magpie_tiny_families.catalogue import MEMBERS, Member

__all__ = ["MEMBERS", "Member", "magpie_register_models"]


@hookimpl
def magpie_register_models() -> list[NamedModel]:
    """Offer ``tiny-FAMILY`` for every family; a checkpoint is built when it is first used."""
    return [
        NamedModel(
            name=member.name,
            path=partial(_folder, member),
            family=member.family,
            description=f"a tiny {member.architecture}, for tests",
            embedded=True,
        )
        for member in MEMBERS
    ]


def _folder(member: Member) -> str:
    from magpie_tiny_families.cache import checkpoint_folder

    return str(checkpoint_folder(member))
