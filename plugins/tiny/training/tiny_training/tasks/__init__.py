"""All tasks: a module for each category (large ones in parts), and one for other languages."""

from tiny_training.task import Task

from . import other_languages
from .advice import ADVICE_SEEKING
from .brainstorming import BRAINSTORMING
from .coding import CODING
from .coding_python import PYTHON_CODING
from .creative_writing import CREATIVE_WRITING
from .data_analysis import DATA_ANALYSIS
from .editing import EDITING
from .information import INFORMATION
from .information_countries import COUNTRY_FACTS
from .information_nature import NATURE
from .math import MATH
from .math_measures import MEASURES
from .math_numbers import NUMBERS
from .math_word_problems import WORD_PROBLEMS
from .others import OTHERS
from .planning import PLANNING
from .reasoning import REASONING
from .role_playing import ROLE_PLAYING

GROUPS = [
    ADVICE_SEEKING,
    BRAINSTORMING,
    CODING,
    PYTHON_CODING,
    CREATIVE_WRITING,
    DATA_ANALYSIS,
    EDITING,
    INFORMATION,
    COUNTRY_FACTS,
    NATURE,
    MATH,
    MEASURES,
    NUMBERS,
    WORD_PROBLEMS,
    OTHERS,
    PLANNING,
    REASONING,
    ROLE_PLAYING,
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
