#!/usr/bin/env bash
# Install the built wheels into an empty environment and run from them, as a new user would.
# Needs dist/ (make wheels) and a package index for the third-party packages.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "${TORCH:-torch==2.13.0}"
"$work/venv/bin/pip" install --quiet --find-links dist \
  dist/magpie_core-*.whl dist/magpie_adapter_llama-*.whl dist/magpie_backend_transformers-*.whl
cd "$work"
export HF_HUB_OFFLINE=1 HF_HOME="$work/hub"
venv/bin/magpie plugins
venv/bin/magpie run --family llama3 -n 20 -o run
venv/bin/magpie export run --to sharegpt --out data.jsonl
test "$(wc -l < data.jsonl)" = 20
venv/bin/magpie show run -n 2
echo "the wheels work"
