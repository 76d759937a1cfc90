#!/bin/sh
# Installs what reads the configurations of Axolotl, LLaMA-Factory and the alignment handbook: their schemas,
# parsers and data code, not their engines. Each pins its own transformers, so two of them have a folder of
# packages of their own, which comes first on the path. Two minutes and 2 GB, most of them torch.
#
# Usage: PYTHON=python3.11 TORCH=torch==2.13.0 tests/training/install_trainers.sh FOLDER
set -eu
target=${1:?folder}
"${PYTHON:-python3.11}" -m venv "$target"
pip() { "$target/bin/pip" --disable-pip-version-check install --quiet "$@"; }
# torch first: asked for later, a range could pull the newest build with its CUDA packages.
pip "${TORCH:-torch==2.13.0}"
pip transformers==5.16.1 accelerate==1.13.0 datasets==4.8.4 peft==0.20.0 pydantic==2.12.5 PyYAML==6.0.3 \
  addict==2.4.0 colorama omegaconf fire pillow requests scipy sentencepiece einops
pip --no-deps axolotl==0.19.0 trl==1.9.0
pip --no-deps --target "$target/llama-factory" llamafactory==0.9.5 transformers==5.6.0 tokenizers==0.22.2 \
  accelerate==1.11.0 datasets==4.0.0 peft==0.18.1 trl==0.24.0 dill==0.3.8 multiprocess==0.70.16 fsspec==2025.3.0
pip --no-deps --target "$target/alignment-handbook" transformers==4.53.3 trl==0.19.1 huggingface-hub==0.36.0 \
  tokenizers==0.21.4 accelerate==1.11.0
