"""Every error a user is expected to meet, in one tree.

An expected failure carries a message (what failed, with the value) and, where there is a way out, a
hint with a command to paste. The command line prints both without a traceback. Anything outside this
tree is a surprise and keeps its traceback.

    MagpieError                      exit code 1
    ├── UsageError                   2   an option or a value that cannot be used
    │   ├── UnknownNameError         2   no plugin offers that name
    │   └── SettingsError            2   a recipe or run.toml that cannot be read
    ├── PluginError                  3   a plugin that cannot be loaded or breaks its contract
    │   └── MissingEngineError       3   a backend whose engine is not installed
    ├── CheckpointError              4   a checkpoint that cannot be found, read or opened
    │   ├── UnreachableError         4   not on this machine, and the hub cannot be reached
    │   └── ChatTemplateError        4   a chat template that is missing, raises or cannot be used
    ├── RunFolderError               5   a run folder that cannot be opened
    │   ├── RunLockedError           5   another process writes to it
    │   └── StorageError             5   full disk, read-only disk, lost permission
    ├── BackendError                 6   the engine could not do what was asked
    │   ├── RequestError             6   this request only; the engine goes on
    │   └── EngineDeadError          6   the engine is gone; the run can be resumed
    ├── PreflightError               7   a check before the first paid token failed
    ├── ExhaustedError               8   --max-attempts was reached before -n records were accepted
    ├── LimitReachedError            9   --max-hours or --max-budget was reached; the run can be resumed
    └── HubError                    10   the hub cannot be reached, or refused what was pushed
"""

from __future__ import annotations

from typing import ClassVar


class MagpieError(Exception):
    """An expected failure: a message and, where possible, a hint.

    Args:
        message: what failed, with the value in backticks and what exists instead; lower case, no full stop.
        hint: what to do about it, best a command to paste.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(MagpieError):
    """An option or a value that cannot be used."""

    exit_code = 2


class UnknownNameError(UsageError):
    """No installed plugin offers that name."""


class SettingsError(UsageError):
    """A recipe or a run.toml that cannot be read."""


class PluginError(MagpieError):
    """A plugin that cannot be loaded or breaks its contract."""

    exit_code = 3


class MissingEngineError(PluginError):
    """A backend is installed, its engine is not."""


class CheckpointError(MagpieError):
    """A checkpoint that cannot be found, read or opened."""

    exit_code = 4


class UnreachableError(CheckpointError):
    """The checkpoint is not on this machine and the hub cannot be reached."""


class ChatTemplateError(CheckpointError):
    """A chat template that is missing, raises or cannot be taken apart."""


class RunFolderError(MagpieError):
    """A run folder that cannot be opened as asked."""

    exit_code = 5


class RunLockedError(RunFolderError):
    """Another process writes to the run folder."""


class StorageError(RunFolderError):
    """The disk is full or read-only, or permission was lost."""


class BackendError(MagpieError):
    """The engine could not do what was asked."""

    exit_code = 6


class RequestError(BackendError):
    """One request was refused (too long, bad parameter); the engine goes on."""


class EngineDeadError(BackendError):
    """The engine is gone and answers no further request; the run can be resumed."""


class PreflightError(MagpieError):
    """A check before the first paid token failed."""

    exit_code = 7


class ExhaustedError(MagpieError):
    """The bound on attempts was reached before enough records were accepted."""

    exit_code = 8


class LimitReachedError(MagpieError):
    """The time or the money that a session may cost is used up; what is done is on disk."""

    exit_code = 9


class HubError(MagpieError):
    """The hub cannot be reached, or refused what was to be pushed."""

    exit_code = 10
