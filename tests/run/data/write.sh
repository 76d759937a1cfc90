#!/usr/bin/env bash
# Write a small run folder with every kind of file in it: write.sh NAME, with today's `magpie` on the path.
set -euo pipefail
cd "$(dirname "$0")"
run=${1:?name of the new folder, such as format-2}
test ! -e "$run"
texts='["How do tides work?", "Name three rivers in Spain.", "Why is the sky blue at noon?", "Here you are:",
 "Write a haiku about rain.", "Explain photosynthesis to a child.", "What is seven times eight?",
 "List two prime numbers above fifty.", "Who wrote the first novel?", "ok", "Describe a lighthouse at night.",
 "Which metals melt below 100 degrees?", "Plan a day in Vienna.", "What does a catalyst do?"]'
magpie run --family llama3 --checkpoint tiny --backend fake -n 8 --seed 3 -o "$run" --engine-option "texts=$texts" -q
magpie tag "$run" language -q
magpie dedup "$run" --minhash -q
magpie extend "$run" --turns 2 -n 2 -q
magpie prefer "$run" --samples 3 --by majority -n 3 -q
magpie select "$run" --where "language = 'EN'" --as english -q
find "$run" -name '.*' -type f -delete
