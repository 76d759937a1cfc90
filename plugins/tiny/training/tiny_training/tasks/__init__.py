"""All tasks, one module for each category and one for other languages."""

from ..task import Task
from . import other_languages
from .advice import ADVICE_SEEKING
from .brainstorming import BRAINSTORMING
from .coding import CODING
from .creative_writing import CREATIVE_WRITING
from .data_analysis import DATA_ANALYSIS
from .editing import EDITING
from .information import INFORMATION
from .math import MATH
from .others import OTHERS
from .planning import PLANNING
from .reasoning import REASONING
from .role_playing import ROLE_PLAYING
from .word_problems import WORD_PROBLEMS

GROUPS = [
    ADVICE_SEEKING,
    BRAINSTORMING,
    CODING,
    CREATIVE_WRITING,
    DATA_ANALYSIS,
    EDITING,
    INFORMATION,
    MATH,
    OTHERS,
    PLANNING,
    REASONING,
    ROLE_PLAYING,
    WORD_PROBLEMS,
    other_languages.CHINESE_ADVICE,
    other_languages.CHINESE_INFORMATION,
    other_languages.CHINESE_MATH,
    other_languages.CHINESE_OTHERS,
    other_languages.SPANISH_ADVICE,
    other_languages.SPANISH_INFORMATION,
    other_languages.SPANISH_MATH,
    other_languages.SPANISH_OTHERS,
]
#: Sorted by name, so that moving a task to another module keeps every seeded corpus as it was.
TASKS: list[Task] = sorted((task for group in GROUPS for task in group), key=lambda t: t.name)
CATEGORIES = sorted({task.category for task in TASKS})
