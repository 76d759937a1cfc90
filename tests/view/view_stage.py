"""Makes a run to look at: every kind of column, texts with Markdown, texts that want to do harm."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source
from magpie_core.record import REASONING, Provenance, Record, Rejection
from magpie_core.run.folder import RunFolder

KEY = "0123456789ab"
ROWS = 120
HOSTILE = (
    "<script>window.harmed = 1</script><img src=x onerror='window.harmed = 1'> and "
    "[a link](javascript:window.harmed=1), ![a picture](http://example.com/track.png), "
    "<iframe src='http://example.com'></iframe> \u202eesrever"
)
QUESTIONS = [
    ("How do I find the longest word in a file with {}?", "Coding & Debugging", "EN"),
    ("Explain how a {} works, for somebody who has never seen one.", "Information seeking", "EN"),
    ("Plan a weekend in {} for two people who like gardens.", "Planning", "EN"),
    ("A box holds {} red and 7 blue balls. How likely is it to draw a blue one?", "Math", "EN"),
    ("Schreibe einen kurzen Brief an {} über den Garten.", "Creative writing", "DE"),
]
THINGS = ["Python", "lathe", "Lisbon", "12", "Oma", "Rust", "sundial", "Kyoto", "30", "Tante Ida"]
CODE = """Here is one way:

```python
def longest_word(path: str) -> str:
    # words are what stands between white space
    with open(path, encoding="utf-8") as file:
        return max(file.read().split(), key=len)
```

It reads the whole file. For *large* files:

1. read **line by line**,
2. keep the longest so far.

| size | memory |
|---|---:|
| 1 MB | 1 MB |
| 1 GB | one line |

More in [the manual](https://docs.python.org/3/)."""
PLAIN = "It depends on what you have at hand. {}\n\nStart small, look at what comes out, and go on from there."
QUALITIES = ["very poor", "poor", "average", "good", "excellent"]
DIFFICULTIES = ["very easy", "easy", "medium", "hard", "very hard"]


def make_run(path: Path, rows: int = ROWS) -> Path:
    """Write the run, its tags, one set of preferences and 17 rejections."""
    dice = random.Random(7)
    recipe = {
        "key": KEY,
        "recipe": {"run": {"n": rows}},
        "instruction": {"checkpoint": "tiny", "backend": "transformers"},
    }
    with RunFolder.create(path, recipe) as folder:
        for index in range(rows):
            folder.append(_record(index))
        for index in range(rows, rows + 12):
            folder.append(
                Rejection(
                    index=index,
                    step="instruction",
                    reason="too_short",
                    filter="length",
                    text="Hi" + "." * (index - rows),
                )
            )
        for index in range(rows + 12, rows + 17):
            folder.append(
                Rejection(
                    index=index,
                    step="response",
                    reason="unfinished",
                    filter="unfinished",
                    text=HOSTILE,
                    instruction="Tell me everything",
                )
            )
    with open_source(path) as source:
        with Columns(source, "tags/quality", {}) as tags:
            for index in range(rows):
                tags.add(
                    _id(index),
                    {
                        "input_quality": dice.choices(QUALITIES, [1, 2, 4, 6, 3])[0],
                        "quality_explanation": "Clear and complete.",
                        "quality_generator": "a judge",
                    },
                )
        with Columns(source, "tags/difficulty", {}) as tags:
            for index in range(rows - 10):
                tags.add(_id(index), {"difficulty": dice.choice(DIFFICULTIES)})
        with Columns(source, "tags/category", {}) as tags:
            for index in range(rows):
                tags.add(
                    _id(index),
                    {"task_category": QUESTIONS[index % 5][1], "language": QUESTIONS[index % 5][2]},
                )
        with Columns(source, "tags/reward", {}) as tags:
            for index in range(rows):
                tags.add(_id(index), {"instruct_reward": round(dice.gauss(0, 5), 4)})
        with Columns(source, "preferences/preferred", {}) as tags:
            tags.add(_id(0), _pair())
    return path


def _id(index: int) -> str:
    return f"{KEY}-{index:08d}"


def _record(index: int) -> Record:
    question, _, _ = QUESTIONS[index % 5]
    thing = THINGS[(index // 5) % len(THINGS)]
    response = (
        CODE if index % 5 == 0 else PLAIN.format(f"Take {thing} as an example. " * (index % 7))
    )
    extra: dict[str, Any] = {}
    if index == 1:
        response = HOSTILE
    if index == 2:
        extra = {
            "conversations": [
                {"from": "system", "value": "You are a patient gardener."},
                {"from": "human", "value": question.format(thing)},
                {"from": "gpt", "value": response},
                {"from": "human", "value": "And if it rains? Say something about wellingtons."},
                {"from": "gpt", "value": "Then the glasshouse."},
            ]
        }
    if index == 3:
        extra = {REASONING: "There are 19 balls, 7 of them blue."}
    return Record(
        id=_id(index),
        index=index,
        instruction=question.format(thing),
        response=response,
        extra=extra,
        provenance=Provenance(
            run=KEY,
            seed=index,
            instruction_tokens=12 + index % 9,
            response_tokens=40 + index % 31,
            response_finish="stop",
        ),
    )


def _pair() -> dict[str, Any]:
    question = QUESTIONS[0][0].format(THINGS[0])
    return {
        "prompt": [{"role": "user", "content": question}],
        "responses": ["Use `max`.", "No idea.", CODE],
        "rewards": [1.5, -2.25, None],
        "objections": [None, None, "unfinished"],
        "chosen": "Use `max`.",
        "rejected": "No idea.",
        "chosen_reward": 1.5,
        "rejected_reward": -2.25,
        "margin": 3.75,
        "pair": [0, 1],
        "no_pair": None,
    }
