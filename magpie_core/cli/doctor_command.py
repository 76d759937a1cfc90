"""``magpie doctor``: check this machine."""

from __future__ import annotations

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from magpie_core.plugins import Plugins

PACKAGES = ("transformers", "tokenizers", "torch", "accelerate", "vllm", "sglang", "pyarrow")


@click.command(
    name="doctor", epilog="\b\nExamples:\n  magpie doctor\n  magpie doctor --checkpoint ./my-model"
)
@click.option("--checkpoint", help="Also open this checkpoint's tokenizer and template.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(checkpoint: str | None, as_json: bool) -> None:
    """Check packages, plugins, GPU, disk and hub access, and say what to do about what is missing."""
    from magpie_core.cli.console import print_json, stdout, visible
    from magpie_core.errors import MagpieError
    from magpie_core.plugins import load_plugins

    plugins = load_plugins()
    report: dict[str, str] = {"python": platform.python_version()}
    for package in PACKAGES:
        report[package] = _version(package)
    report["gpu"] = _gpu()
    report["disk free here"] = _disk()
    report["hub token"] = (
        "set" if _has_token() else "none (gated checkpoints need one: hf auth login)"
    )
    report["hub"] = "offline (HF_HUB_OFFLINE)" if os.environ.get("HF_HUB_OFFLINE") == "1" else "on"
    report["backends"] = ", ".join(plugins.backends())
    for info in plugins.broken:
        report[f"plugin {info.name}"] = f"broken: {info.problem} (MAGPIE_DISABLE={info.name})"
    code = 0
    if checkpoint is not None:
        try:
            report["checkpoint"] = _checkpoint(checkpoint, plugins)
        except MagpieError as error:
            report["checkpoint"] = "; ".join(filter(None, (error.message, error.hint)))
            code = error.exit_code
    if as_json:
        print_json(report)
    else:
        for name, value in report.items():
            stdout().print(visible(f"{name:16} {value}"))
    raise SystemExit(code)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _gpu() -> str:
    try:
        import torch
    except ModuleNotFoundError:
        return "unknown (torch is not installed)"
    except (ImportError, OSError) as error:
        return f"unknown (torch cannot be imported: {error})"
    if torch.cuda.is_available():
        return ", ".join(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
    return "mps" if torch.backends.mps.is_available() else "none"


def _disk() -> str:
    try:
        return f"{shutil.disk_usage('.').free / 2**30:.1f} GiB"
    except OSError as error:
        return f"unknown ({error.strerror})"


def _has_token() -> bool:
    from huggingface_hub import get_token

    return get_token() is not None


def _checkpoint(name: str, plugins: Plugins) -> str:
    from magpie_core.opening import open_named

    opened = open_named(name, plugins.models(), trust_remote_code=False)
    family = plugins.guess_family(opened)
    template = "has a chat template" if opened.chat_template else "has NO chat template"
    return f"{opened.model_type}, {template}, family {family.name if family else 'unknown'}"
