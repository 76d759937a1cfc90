"""A run is a folder: one writer, append-only parts, nothing lost when it is killed."""

from magpie_core.run.folder import FORMAT_VERSION, RunFolder
from magpie_core.run.settled import IndexSet, Settled

__all__ = ["FORMAT_VERSION", "IndexSet", "RunFolder", "Settled"]
