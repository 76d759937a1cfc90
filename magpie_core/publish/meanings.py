"""What the columns of a published set mean, in one line each. Knows names only."""

from __future__ import annotations

from collections.abc import Mapping

from magpie_core.export.kinds import MESSAGE, MESSAGES, TURNS

MEANINGS: Mapping[str, str] = {
    "id": "of the record: key of the run and index, unique across runs",
    "conversation_id": "the same under its published name",
    "index": "which sample of the run it is",
    "messages": "the conversation, the system prompt first where there is one",
    "conversations": "the conversation as ShareGPT has it",
    "system": "system prompt the response was given under, where there was one",
    "instruction": "what the model wrote in the user's place",
    "response": "what it answered",
    "prompt": "what was asked",
    "chosen": "the answer with the higher reward",
    "rejected": "the answer with the lower reward",
    "run": "key of the run: a digest of the settings that decide its text",
    "seed": "of the run",
    "instruction_tokens": "tokens sampled for the instruction",
    "response_tokens": "tokens sampled for the response",
    "response_finish": "why the response ended: `stop` or `length`",
    "reasoning": "what the model thought before its response",
    "reasonings": "what it thought before each answer",
    "reasoning_cut": "whether a budget ended its reasoning",
    "input_quality": "of the instruction, very poor to excellent",
    "quality_explanation": "why, in the judge's words",
    "difficulty": "very easy to very hard",
    "intent": "what the writer wants, in the judge's words",
    "knowledge": "what one must know to do it well",
    "task_category": "kind of task, one of twelve",
    "other_task_category": "further kinds",
    "llama_guard_2": "the safety judge's own words",
    "safe": "whether that judge found nothing",
    "safety_codes": "what it found",
    "instruct_reward": "raw output of the reward model, comparable within one checkpoint",
    "reward_model": "which reward model",
    "reward_difference": "the reward less that of a base model's response",
    "language": "ISO 639-1 in capitals, guessed from the text",
    "language_confidence": "of that guess, 0 to 1",
    "languages": "all languages of a mixed text",
    "language_note": "why the guess is weak: `short`, `mixed`, `no words`",
    "min_neighbor_distance": "squared distance to the nearest other record's embedding, 0 to 4",
    "repeat_count": "records nearer than the threshold",
    "min_similar_conversation_id": "the first of the record and those",
    "duplicate_group": "first record of its group of near-duplicates",
    "duplicate_keep": "whether it is the one of its group that stays",
    "contaminated": "whether an item of a benchmark was found in it",
    "contaminated_by": "which item",
    "contaminated_share": "how much of it",
    "ifd": "how much harder the response is without the instruction",
    "ifd_ppl": "the same as a ratio of perplexities",
    "ifd_model": "the checkpoint that predicted",
    "majority_answer": "the answer that most responses give",
    "majority_share": "how many of them give it",
    "exchanges": "questions with answers",
    "ended": "why there are fewer turns than were wanted",
    "control_task": "task the instruction was steered to",
    "control_language": "language it was steered to",
    "control_persona": "persona it was steered by",
    "mark": "`keep` or `drop`, by a person who read it",
    "source_id": "what the row was called where it came from",
    "source_file": "file it came from",
}


def meaning(column: str) -> str:
    """What ``column`` means, as far as its name tells."""
    owner, _, bare = column.rpartition(".")
    if bare.endswith("_generator"):
        said = f"the checkpoint that judged `{bare.removesuffix('_generator')}`"
    else:
        said = MEANINGS.get(bare, "added by a step or brought in, see the settings")
    return f"{said} (`{owner}`)" if owner else said


def in_words(kind: str) -> str:
    """A kind as a card names it."""
    words = {
        "str": "text",
        "int": "integer",
        "uint": "integer",
        "float": "number",
        "bool": "true or false",
        "json": "JSON as text",
        MESSAGES: "list of `role`, `content`",
        MESSAGE: "`role`, `content`",
        TURNS: "list of `from`, `value`",
        "null": "text",
    }
    inner = kind.removeprefix("list ")
    return words[kind] if inner == kind else f"list of {words[inner]}"
