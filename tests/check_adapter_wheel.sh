#!/usr/bin/env bash
# Install one adapter's wheel alone, by name, and see that it brings magpie-core and nothing heavy; then each other wheel.
# Needs the wheels in dist/, or in $DIST, and a package index for the third-party packages.
set -euo pipefail
cd "$(dirname "$0")/.."
dist=$(realpath "${DIST:-dist}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --find-links "$dist" magpie-adapter-qwen
cd "$work"
export HF_HUB_OFFLINE=1 HF_HOME="$work/hub"

venv/bin/pip list --format=freeze | sed 's/==.*//' | tr 'A-Z_' 'a-z-' | sort > installed
diff <(grep '^magpie' installed) <(printf 'magpie-adapter-qwen\nmagpie-core\n')
heavy='torch|triton|nvidia.*|cuda.*|vllm|sglang|accelerate|duckdb|pyarrow|pandas|scipy|scikit-learn|ray|tensorflow.*|jax.*|datasets'
if grep -Ex "$heavy" installed; then
  echo "an adapter must not pull these" >&2
  exit 1
fi

venv/bin/magpie families > families
grep -q '^magpie-adapter-qwen$' families
grep -Eq '^qwen2\.5 +verified +Qwen/Qwen2\.5-3B-Instruct$' families
for other in deepseek gemma llama mistral phi yi; do
  grep -q "^magpie-adapter-$other (not installed)$" families
  grep -q "^pip install magpie-adapter-$other$" families
done
test "$(grep -c 'not installed' families)" = 6
for name in gemma2 google/gemma-2-9b-it; do
  if venv/bin/magpie run --family "$name" --backend fake -n 1 -o run 2> refused; then exit 1; fi
  grep -q 'hint: pip install magpie-adapter-gemma' refused
done
brought="the adapter's wheel brings $(wc -l < installed) packages, $(du -sm venv/lib | cut -f1) MB, none heavy"

# Each of the others, alone beside the core with what it depends on: it is found, it loads, it brings no engine.
remove() { venv/bin/pip list --format=freeze | sed 's/==.*//' | grep '^magpie-' | grep -v '^magpie-core$' |
  xargs venv/bin/pip uninstall --quiet --yes; }
for wheel in "$dist"/magpie_*.whl; do
  package=$(basename "$wheel" | sed 's/-.*//')
  if [ "$package" = magpie_core ]; then continue; fi
  remove
  venv/bin/pip install --quiet --find-links "$dist" "$wheel"
  name=$(echo "$package" | sed 's/^magpie_//; s/_/-/g')
  venv/bin/magpie plugins > plugins
  grep -Eq "^loaded +$name " plugins || { cat plugins; echo "$name does not load alone" >&2; exit 1; }
  if grep -q '^broken' plugins; then cat plugins; exit 1; fi
done
if venv/bin/pip list --format=freeze | grep -Ei '^(torch|vllm|sglang|nvidia.*)=='; then exit 1; fi
echo "$brought; every wheel loads alone"
