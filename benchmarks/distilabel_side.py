"""The other side of ``against_distilabel.py``, in an environment that has distilabel and nothing of ours.

python distilabel_side.py CHECKPOINT N MAX_TOKENS
"""

import json
import sys
import time

from distilabel.models import TransformersLLM
from distilabel.pipeline import Pipeline
from distilabel.steps.tasks import MagpieGenerator


def main() -> None:
    """Generate N pairs and print how long it took, the start included."""
    checkpoint, rows, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    begin = time.monotonic()
    with Pipeline(name="magpie") as pipeline:
        MagpieGenerator(
            llm=TransformersLLM(
                model=checkpoint,
                torch_dtype="float32",
                device="cpu",
                use_magpie_template=True,
                magpie_pre_query_template="llama3",
                generation_kwargs={"max_new_tokens": most, "temperature": 1.0, "do_sample": True},
            ),
            n_turns=1,
            num_rows=rows,
            batch_size=50,
        )
    made = pipeline.run(use_cache=False)["default"]["train"]
    complete = sum(bool(row["instruction"] and row["response"]) for row in made)
    print("\n" + json.dumps({"records": complete, "seconds": time.monotonic() - begin}))


if __name__ == "__main__":
    main()
