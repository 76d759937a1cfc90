"""System prompts, general ones and ones that announce a kind of task."""

from random import Random

from .task import Task

GENERAL = [
    "You are a helpful assistant.",
    "You are a helpful and friendly assistant.",
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
#: Longer prompts in the style that synthesis tools use to steer what is asked.
STEERING = {
    "math problems": "You are an AI assistant designed to provide helpful, step-by-step guidance "
    "on solving math problems. The user will ask you a wide range of complex mathematical "
    "questions.\nYour purpose is to assist users in understanding mathematical concepts, working "
    "through equations, and arriving at the correct solutions.",
    "programming and code": "You are an AI assistant designed to provide helpful, step-by-step "
    "guidance on coding problems. The user will ask you a wide range of coding questions.\nYour "
    "purpose is to assist users in understanding coding concepts, working through code, and "
    "arriving at the correct solutions.",
    "translation": "You are an AI assistant specifically designed to provide accurate and "
    "contextually appropriate translations. Users will ask you to translate text between various "
    "languages.\nYour purpose is to assist users in understanding and conveying meaning across "
    "languages, maintaining the original context and nuances.",
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
