#!/usr/bin/env bash
# On every Python at hand: one adapter's wheel alone, and one that `magpie new` writes for a family nobody knows, beside
# core's wheel in an empty environment; then the same on the oldest dependencies that are allowed.
# Needs the wheels in dist/, or in $DIST, a package index for the third-party packages, and uv for the oldest.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dist=$(realpath "${DIST:-dist}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HF_HUB_OFFLINE=1 HF_HOME="$work/hub"

# The embedded model under other special tokens: a checkpoint of a made-up family.
cp -r plugins/tiny/src/magpie_tiny/checkpoint "$work/parrot-2b-chat"
sed -i 's/<|begin_of_text|>/<|squawk|>/g; s/<|start_header_id|>/<|parrot|>/g; s/<|end_header_id|>/<|says|>/g
        s/<|eot_id|>/<|done|>/g; s/<|eom_id|>/<|mute|>/g; s/<|end_of_text|>/<|silence|>/g' "$work"/parrot-2b-chat/*.json

try() { # ENVIRONMENT: an adapter of ours works there, and a new one keeps its contract
  local bin=$1/bin folder=$1/magpie-adapter-parrot
  "$bin/magpie" families > "$1/families"
  grep -q '^magpie-adapter-yi$' "$1/families"
  "$bin/magpie" new adapter parrot --from "$work/parrot-2b-chat" --into "$1" > /dev/null
  "$bin/pip" wheel --quiet --no-deps --wheel-dir "$1/built" "$folder"
  "$bin/pip" install --quiet --no-deps "$1"/built/magpie_adapter_parrot-*.whl
  (cd "$folder" && "$bin/python" -m pytest -q -p no:cacheprovider | tail -1)
  "$bin/magpie" run --family parrot --backend fake -n 10 -o "$1/run" -q
  "$bin/magpie" status "$1/run" | grep -q '10 of 10 records, complete'
}

tried=0
for version in ${PYTHONS:-3.11 3.12 3.13}; do
  if ! "python$version" -c '' 2> /dev/null; then echo "no Python $version here"; continue; fi
  "python$version" -m venv "$work/$version"
  "$work/$version/bin/pip" install --quiet --find-links "$dist" magpie-adapter-yi pytest
  echo "Python $version: $(try "$work/$version")"
  tried=$((tried + 1))
done
test "$tried" -gt 0

# What is promised at the lower end is tried, too; only what our own files name is held back.
if command -v "${UV:-uv}" > /dev/null; then
  "${PYTHON:-python3.11}" -m venv "$work/oldest"
  "${UV:-uv}" pip install --quiet --python "$work/oldest" --resolution lowest-direct --find-links "$dist" \
    -r "$root/pyproject.toml" 'pytest>=8' 'pip>=24'
  "$work/oldest/bin/pip" install --quiet --no-deps "$dist"/magpie_core-*.whl "$dist"/magpie_adapter_yi-*.whl
  echo "oldest dependencies: $(try "$work/oldest")"
else
  echo "no uv here: the oldest dependencies were not tried"
fi
