"""Thousands of small folders: what is put on the disk and when is shown in ``tests/run`` and ``tests/faults``."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def nothing_waits_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
