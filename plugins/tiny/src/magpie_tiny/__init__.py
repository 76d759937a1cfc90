"""The embedded model ``tiny``: a real chat model of 4.7 million parameters. Loads nothing itself."""

from pathlib import Path

from magpie_core import NamedModel, hookimpl

CHECKPOINT: Path = Path(__file__).parent / "checkpoint"
"""A transformers checkpoint: Llama architecture, Llama 3 chat format."""


@hookimpl
def magpie_register_models() -> list[NamedModel]:
    """Offer ``tiny``."""
    return [
        NamedModel(
            name="tiny",
            path=str(CHECKPOINT),
            family="llama3",
            description="4.7 million parameters, for demonstrations and tests",
            embedded=True,
        )
    ]
