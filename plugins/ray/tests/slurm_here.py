"""Two machines of a Slurm job, made of namespaces of this one, to try the recipe of docs/many-machines.md on.

    sudo python plugins/ray/tests/slurm_here.py [--kill-second]

Each machine has its own network, process ids, host name and Ray; they share the disk. ``srun`` and ``scontrol``
are stand-ins; the job is the documentation's, with a fake engine, two machines and one GPU each that is only
a number. Needs root, ``ip`` and ``unshare``; prints what ``magpie status`` says at the end.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/many-machines.md"
BIN = Path(sys.executable).parent
NODES = {"magpie-n1": "10.213.7.1", "magpie-n2": "10.213.7.2"}
BRIDGE = "magpie-br"
NETWORK = 24

SRUN = """#!/bin/bash
# What follows the options, once on each machine; ends when the first machine's ends.
while [[ $1 == --* ]]; do shift; done
for node in {nodes}; do
  {folder}/on-machine "$node" "$@" > {folder}/$node.txt 2>&1 &
  pids+=($!)
done
wait "${{pids[0]}}"; code=$?
kill "${{pids[@]:1}}" 2> /dev/null
exit $code
"""
SCONTROL = "#!/bin/bash\nprintf '%s\\n' {nodes}\n"
ON_MACHINE = """#!/bin/bash
node=$1; shift
exec ip netns exec "$node" unshare --pid --mount --uts --fork --kill-child --mount-proc bash -c '
  hostname "$0"
  mount --bind {folder}/hosts /etc/hosts
  mount --bind {folder}/resolv.conf /etc/resolv.conf
  mkdir -p /tmp/ray && mount -t tmpfs none /tmp/ray
  exec "$@"' "$node" "$@"
"""


def job(folder: Path, records: int) -> str:
    """The documentation's script, for what there is here."""
    [script] = re.findall(
        r"```bash\n(#!/bin/bash\n#SBATCH.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    for what, instead in (
        ("/shared", str(folder)),
        ("--backend vllm", f"--backend fake -n {records}"),
        ("--num-gpus 8", "--num-gpus 1"),
        ("$((8 * SLURM_NNODES))", "$SLURM_NNODES"),
        ("$HOME/.magpie-ray-token", f"{folder}/token"),
    ):
        assert what in script, f"{what} is not in the recipe any more"
        script = script.replace(what, instead)
    return script


def write(folder: Path, records: int) -> None:
    """The job, its stand-ins and what the recipe expects to be there."""
    names = " ".join(NODES)
    files = {
        "bin/srun": SRUN.format(nodes=names, folder=folder),
        "bin/scontrol": SCONTROL.format(nodes=names),
        "on-machine": ON_MACHINE.format(folder=folder),
        "job.sh": job(folder, records),
        "hosts": "127.0.0.1 localhost\n" + "".join(f"{ip} {name}\n" for name, ip in NODES.items()),
        "resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",  # nobody answers there
        "token": "a" * 64,
        "venv/bin/activate": f"export PATH={BIN}:$PATH\n",
        "recipes/air.toml": "[run]\ncheckpoint = 'tiny'\nin_flight = 4\npilot = 0\n"
        "[engine.options]\ndelay = 0.1\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)


def network(*, up: bool) -> None:
    """Make the machines' network, or take it away."""
    ip("link", "del", BRIDGE, check=False)
    for number, name in enumerate(NODES):
        kill_all(name)
        ip("link", "del", f"magpie-v{number}", check=False)
        ip("netns", "del", name, check=False)
    if not up:
        return
    ip("link", "add", BRIDGE, "type", "bridge")
    ip("link", "set", BRIDGE, "up")
    for number, (name, address) in enumerate(NODES.items()):
        outside = f"magpie-v{number}"
        ip("netns", "add", name)
        ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", outside, "master", BRIDGE, "up")
        for command in (
            ("addr", "add", f"{address}/{NETWORK}", "dev", "eth0"),
            ("link", "set", "lo", "up"),
            ("link", "set", "eth0", "up"),
            ("route", "add", "default", "dev", "eth0"),
        ):
            ip("-n", name, *command)


def ip(*command: str, check: bool = True) -> None:
    """One call of ``ip``."""
    subprocess.run(["ip", *command], check=check, stderr=None if check else subprocess.DEVNULL)


def written(folder: Path) -> int:
    """Records on disk."""
    parts = (folder / "runs/air/records").glob("part-*.jsonl")
    return sum(part.read_bytes().count(b"\n") for part in parts)


def lose_second(folder: Path, process: subprocess.Popen[bytes], records: int) -> None:
    """Take the second machine away when a quarter is done."""
    while process.poll() is None and written(folder) < records // 4:
        time.sleep(0.2)
    second = list(NODES)[1]
    kill_all(second)
    print(f"{second} is lost after {written(folder)} records")


def kill_all(name: str) -> None:
    """End everything on a machine at once."""
    inside = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True)
    for pid in inside.stdout.split():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


def main() -> None:
    """Run the job."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kill-second", action="store_true")
    parser.add_argument("-n", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, asked.n)
        network(up=True)
        try:
            environment = {
                **os.environ,
                "PATH": f"{folder}/bin:{os.environ['PATH']}",
                "SLURM_JOB_NODELIST": ",".join(NODES),
                "SLURM_NNODES": str(len(NODES)),
            }
            process = subprocess.Popen(["bash", str(folder / "job.sh")], env=environment)
            try:
                if asked.kill_second:
                    lose_second(folder, process, asked.n)
                code = process.wait(timeout=400)
            finally:
                process.kill()
        finally:
            network(up=False)
            for node in NODES:
                print(f"--- {node}\n{(folder / f'{node}.txt').read_text(errors='replace')[-1500:]}")
        print(f"--- the job ended with {code}")
        subprocess.run([BIN / "magpie", "status", folder / "runs/air"], check=True)
        parts = sorted(one.name for one in (folder / "runs/air/records").iterdir())
        print("parts:", *parts)


if __name__ == "__main__":
    main()
