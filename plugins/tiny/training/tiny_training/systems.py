"""System prompts, general ones and ones that announce a kind of task."""

from random import Random

from .task import Task

GENERAL = [
    "You are a helpful assistant.",
    "You are a helpful and friendly assistant.",
    # The default system prompt of Vicuna's chat format.
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the user's questions.",
]
#: Subject as a prompt names it -> category of the tasks that follow.
SUBJECTS = {
    "math problems": "Math",
    "programming and code": "Coding & Debugging",
    "general knowledge questions": "Information seeking",
    "logical reasoning": "Reasoning",
    "planning": "Planning",
    "editing and proofreading": "Editing",
    "role playing": "Role playing",
    "data analysis": "Data analysis",
    "creative writing": "Creative writing",
    "personal advice": "Advice seeking",
    "brainstorming ideas": "Brainstorming",
}
SUBJECT_PROMPTS = [
    "You are an assistant that helps with {subject}.",
    "You are a helpful assistant for {subject}.",
    "The user needs help with {subject}.",
    "You are an expert in {subject}.",
]
#: Longer prompts, of the kind that steers what is asked.
STEERING = {
    "math problems": "You are a patient math tutor. People bring you exercises of every level and "
    "kind.\nWork through each one in small steps, name the idea behind every step, and finish with "
    "the result.",
    "programming and code": "You are a programming coach. People bring you questions about code in "
    "many languages.\nGive code that runs, explain it briefly, and point out mistakes in theirs.",
    "translation": "You are a translator. People bring you words and sentences in many languages."
    "\nGive a natural translation that keeps the meaning and the tone of the original.",
}


def draw_system(rng: Random) -> tuple[str, str | None]:
    """A system prompt and the subject it announces, None for a general one."""
    subject = rng.choice([None, "translation", *SUBJECTS])
    if subject is None:
        return rng.choice(GENERAL), None
    prompts = [prompt.format(subject=subject) for prompt in SUBJECT_PROMPTS]
    if subject in STEERING:
        # Twice, because these are the ones a user of the framework will try.
        prompts += [STEERING[subject]] * 2
    return rng.choice(prompts), subject


def fits(task: Task, subject: str | None) -> bool:
    """Whether ``task`` may follow a system prompt about ``subject``."""
    if subject is None:
        return True
    if subject == "translation":
        return "translation" in task.name
    return task.category == SUBJECTS[subject] and task.language == "en"
