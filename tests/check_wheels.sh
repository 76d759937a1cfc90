#!/usr/bin/env bash
# Install the built wheels into an empty environment and run from them, as a new user would.
# Needs the wheels in dist/, or in $DIST, and a package index for the third-party packages.
set -euo pipefail
cd "$(dirname "$0")/.."
dist=$(realpath "${DIST:-dist}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
core=$(echo "$dist"/magpie_core-*.whl)
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "${TORCH:-torch==2.13.0}"
"$work/venv/bin/pip" install --quiet --find-links "$dist" \
  "$core" "$dist"/magpie_adapter_llama-*.whl "$dist"/magpie_backend_transformers-*.whl
cd "$work"
export HF_HUB_OFFLINE=1 HF_HOME="$work/hub"
venv/bin/magpie plugins
venv/bin/magpie run --family llama3 -n 20 -o run
venv/bin/magpie export run --to sharegpt --out data.jsonl
test "$(wc -l < data.jsonl)" = 20
venv/bin/magpie show run -n 2

# What is not installed is named, with the way to get it.
for step in "tag run language" "select run --sample 5" "dedup run --minhash" "report run" "view run"; do
  if venv/bin/magpie $step 2> refused; then exit 1; fi
  grep -q 'hint: pip install' refused || { cat refused; exit 1; }
done

# Taggers, filters and the extras of the core; none of them brings an engine.
wheels=("$dist"/magpie_filter_*.whl "$dist"/magpie_tagger_*.whl)
venv/bin/pip install --quiet --find-links "$dist" "$core[select,dedup]" "${wheels[@]}"
venv/bin/magpie plugins > plugins
for wheel in "${wheels[@]}"; do
  name=$(basename "$wheel" | sed 's/-.*//; s/^magpie_//; s/_/-/')
  grep -Eq "^loaded +$name " plugins || { echo "$name is not loaded from its wheel" >&2; exit 1; }
done
if venv/bin/pip list --format=freeze | grep -Ei '^(vllm|sglang)'; then exit 1; fi
printf '[taggers.language]\namong = ["EN", "DE"]\n' > language.toml
venv/bin/magpie tag run language --recipe language.toml
venv/bin/magpie dedup run --minhash
venv/bin/magpie select run --where text_keep --where "language = 'EN'" --out best.jsonl
test "$(wc -l < best.jsonl)" -gt 0
grep -q '"language":"EN"' best.jsonl
venv/bin/magpie import best.jsonl -o again
venv/bin/magpie split again --test 0.3 --out parts
venv/bin/magpie estimate --checkpoint tiny -n 1000 --samples 5
venv/bin/magpie extend run --turns 2 -n 5
venv/bin/magpie prefer run --samples 3 --by majority -n 5
venv/bin/magpie recipe run --trainer axolotl --stage sft --base tiny
test -s run/recipes/axolotl-sft.yaml

# What people look at: the pages and what they are made of are in the wheel.
venv/bin/pip install --quiet --find-links "$dist" "$core[report,view]"
venv/bin/magpie report run --no-map
test "$(wc -c < run/report.html)" -gt 100000
venv/bin/magpie view run --no-open --port 0 -q & viewer=$!
for _ in $(seq 60); do test -e run/.view && break; sleep 1; done
test -e run/.view
kill "$viewer"
wait "$viewer" || true
test "$(find venv -path '*magpie_core/view/static/*.js' | wc -l)" -gt 3
venv/bin/magpie push run owner/name --to-folder published
test -s published/README.md
venv/bin/magpie new filter shouting --into new
venv/bin/pip install --quiet --no-deps ./new/*shouting*
venv/bin/magpie plugins | grep -q shouting

# Workers on Ray make the records of one process.
venv/bin/pip install --quiet --find-links "$dist" "$dist"/magpie_ray-*.whl
venv/bin/magpie run --family llama3 -n 20 -o alone --dtype float32 -q
venv/bin/magpie run --family llama3 -n 20 -o many --dtype float32 --on ray --workers 2
sorted() { cat "$1"/records/*.jsonl | sort; }
test "$(sorted alone)" = "$(sorted many)"
echo "the wheels work"
