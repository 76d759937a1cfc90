"""Magpie: alignment data from aligned language models, by prompting them with nothing.

These are the public names; everything else may move. Importing this package loads no engine.
"""

from magpie_core.backend import Backend, Capabilities, Completion, EngineSettings, EngineStats
from magpie_core.chat.format import ChatFormat
from magpie_core.checkpoint import Checkpoint, NamedModel
from magpie_core.embedded import Figure, Picker
from magpie_core.errors import (
    BackendError,
    ChatTemplateError,
    CheckpointError,
    EngineDeadError,
    ExhaustedError,
    HubError,
    LimitReachedError,
    MagpieError,
    MissingEngineError,
    PluginError,
    PreflightError,
    RequestError,
    RunFolderError,
    RunLockedError,
    SettingsError,
    StorageError,
    UnknownNameError,
    UnreachableError,
    UsageError,
)
from magpie_core.export.exporter import Exporter
from magpie_core.family import Family
from magpie_core.filters import Cleaner, Draft, Filter, Reject
from magpie_core.hookspecs import hookimpl
from magpie_core.preference import Rated, Strategy
from magpie_core.record import Failure, Provenance, Record, Rejection, Turn
from magpie_core.runner import Runner
from magpie_core.sampling import FirstTokenRule, Sampling, sample_seed
from magpie_core.tagger import EngineTagger, TagError, Tagger, TaggerEngine
from magpie_core.tagging.prompted import PromptTagger

__version__ = "0.1.0"


__all__ = [
    "Backend",
    "BackendError",
    "Capabilities",
    "ChatFormat",
    "ChatTemplateError",
    "Checkpoint",
    "CheckpointError",
    "Cleaner",
    "Completion",
    "Draft",
    "EngineDeadError",
    "EngineSettings",
    "EngineStats",
    "EngineTagger",
    "ExhaustedError",
    "Exporter",
    "Failure",
    "Family",
    "Figure",
    "Filter",
    "FirstTokenRule",
    "HubError",
    "LimitReachedError",
    "MagpieError",
    "MissingEngineError",
    "NamedModel",
    "Picker",
    "PluginError",
    "PreflightError",
    "PromptTagger",
    "Provenance",
    "Rated",
    "Record",
    "Reject",
    "Rejection",
    "RequestError",
    "RunFolderError",
    "RunLockedError",
    "Runner",
    "Sampling",
    "SettingsError",
    "StorageError",
    "Strategy",
    "TagError",
    "Tagger",
    "TaggerEngine",
    "Turn",
    "UnknownNameError",
    "UnreachableError",
    "UsageError",
    "__version__",
    "hookimpl",
    "sample_seed",
]
