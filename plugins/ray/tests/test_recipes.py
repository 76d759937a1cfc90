"""What docs/many-machines.md tells people to paste, and what it reckons: read from the page itself.

The Slurm job is run on two machines made of namespaces by ``slurm_here.py``, which needs root and some minutes.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from math import ceil
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs/many-machines.md"
yaml = pytest.importorskip("yaml")


@pytest.fixture(scope="module")
def page() -> str:
    if not PAGE.exists():
        pytest.skip("the distribution alone has no docs/")
    return PAGE.read_text("utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def magpie_commands(script: str) -> list[list[str]]:
    """Every ``magpie …`` in a script, in words."""
    joined = script.replace("\\\n", " ")
    return [shlex.split(one, comments=True) for one in re.findall(r"\bmagpie [^\n]+", joined)]


def test_every_script_is_one_for_bash(page):
    for script in blocks(page, "bash"):
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_every_command_is_one_magpie_takes(page, magpie, checkpoint, tmp_path):
    """Its options, that is: recipes and folders are not here, and neither is vLLM."""
    recipe = tmp_path / "air.toml"
    recipe.write_text(f"[run]\ncheckpoint = {checkpoint!r}\nbackend = 'fake'\n")
    jobs = yaml.safe_load(blocks(page, "yaml")[0])
    commands = [shlex.split(jobs["spec"]["entrypoint"])]
    for script in blocks(page, "bash"):
        commands += magpie_commands(script.replace("$((8 * SLURM_NNODES))", "32"))
    runs = [one for one in commands if one[1] == "run"]
    assert len(runs) >= 3
    for command in runs:
        options = [one for one in command[3:] if one not in ("--backend", "vllm")]
        said = magpie("run", recipe, *options, "--dry-run")
        assert said.code == 0, said.err
    for command in commands:
        assert magpie(command[1], "--help").code == 0
        known = magpie(command[1], "--help").out
        assert all(one in known for one in command if one.startswith("--"))


def test_the_kubernetes_job_is_whole(page):
    [text] = blocks(page, "yaml")
    job = yaml.safe_load(text)
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    cluster = job["spec"]["rayClusterSpec"]
    [group] = cluster["workerGroupSpecs"]
    pods = [cluster["headGroupSpec"]["template"]["spec"], group["template"]["spec"]]
    images = set()
    for pod in pods:
        [container] = pod["containers"]
        images.add(container["image"])
        mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
        assert {one["name"] for one in pod["volumes"]} == set(mounts)
        assert any(
            path.startswith(mounts["shared"]) for path in shlex.split(job["spec"]["entrypoint"])
        )
    assert len(images) == 1, "machines of different images do not make one run"
    gpus = int(pods[1]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"])
    words = shlex.split(job["spec"]["entrypoint"])
    assert int(words[words.index("--workers") + 1]) == gpus * group["replicas"]


def test_the_plan_on_paper_adds_up(page):
    """Every figure of the last section, from the few that it cites."""
    plan = page[page.index("## A billion records") :]
    records, gpus, hour = 10**9, 1000, 3600
    small, large = (1.55 + 50) * 4 / 3, (3.5 + 150) * 4  # GPU-hours a million records
    seconds = [round(one) * records / 1e6 / gpus * hour for one in (small, large)]
    a_second = [records / one for one in seconds]
    lead = 4000 * 70e-6
    calls = 1000 * 0.47e-3
    interruption = 54 * 24 * 16384 / 419  # GPU-hours
    disk = records * 2.5e3
    for said in (
        f"206 / 3 = {small:.0f} | {large:.0f}",
        f"| {round(small) * 1000:,} | {round(large) * 1000:,} |",
        f"{seconds[0] / hour:.0f} h, about {seconds[0] / hour / 24:.0f} days",
        f"{seconds[1] / hour:.0f} h, about {seconds[1] / hour / 24:.0f} days",
        f"$0.12 → ${0.12 * records / 1000:,.0f}",
        f"$1.10 → ${1.10 * records / 1000:,.0f}",
        f"10⁹ / {round(seconds[0], -3):,.0f} s = {round(a_second[0], -3):,.0f}",
        f"10⁹ / {round(seconds[1], -4):,.0f} s = {round(a_second[1], -1):,.0f}",
        f"| {a_second[0] / gpus:.1f} | {a_second[1] / (gpus / 4):.1f} |",
        f"4,000 a second are {lead:.0%}".replace("%", " %"),
        f"another {calls:.0%}".replace("%", " %"),
        "12 to 25 GB at 10⁹",
        f"10⁹ are {disk / 1e12:.1f} TB",
        f"{4000 * 2.5e3 / 1e6:.0f} MB/s in all",
        f"{round(disk / 256 / 2**20, -3):,.0f} parts of 256 MB".replace("9,000", "10,000"),
        f"every five seconds: {gpus // 5} a second",
        f"2.5 TB at 1 GB/s are {disk / 1e9 / 60:.0f} minutes",
        f"one in {round(interruption, -3):,.0f} GPU-hours",
        f"{lead / 10:.0%} of a core".replace("%", " %"),
        "--nodes=" + str(ceil(gpus / 10 / 8)),
    ):
        assert said in plan, said
    assert lead + calls == pytest.approx(0.75, abs=0.01)  # "three quarters full"
    assert 1 < small * 1000 / interruption < 2  # "one or two for the 8B model"
    assert 11 < large * 1000 / interruption < 13  # "a dozen for the 70B"
    assert 4 < disk / 10 / 1e9 / 60 < 5  # "four minutes to resume"
