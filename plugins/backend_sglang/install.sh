#!/usr/bin/env bash
# Make an environment with SGLang on a processor, for tests: install.sh ENVDIR
# Its pins clash with those of other engines, so it never shares an environment with them.
# Environment: PYTHON (python3.11), TORCH (torch==2.13.0, the version that SGLang pins; on Linux give pip a CPU build).
set -euo pipefail

if [ $# -ne 1 ]; then
  echo "usage: $0 ENVDIR" >&2
  exit 2
fi
env=$1
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3.11}
torch=${TORCH:-torch==2.13.0}

[ -x "$env/bin/python" ] || "$python" -m venv "$env"
pip=("$env/bin/python" -m pip --quiet)
# torch first and again beside the list: a range in the list must not replace it by a CUDA build.
"${pip[@]}" install "$torch"
"${pip[@]}" install "$torch" -r "$here/requirements-cpu.txt"
"${pip[@]}" install --no-deps sglang==0.5.21
"${pip[@]}" install --force-reinstall --no-deps "$here/cpu_platform"

if "$env/bin/python" -m pip list | grep -i '^nvidia-'; then
  echo "$0: CUDA libraries came along; set TORCH to a CPU build" >&2
  exit 1
fi
