"""The filters and the cleaners every run uses by default. They know texts, never families.

==================  ==========================================  ======================  =======
name                turns down                                  reason                  stages
==================  ==========================================  ======================  =======
``answer``          an answer or reasoning, and no request      ``bare_answer``         I
                                                                ``reasoning``
``bare_json``       data, and no words to act on                ``bare_json``           I
``colon``           an announcement whose body is missing       ``ends_with_colon``     I
``empty``           no letter, digit or picture                 ``empty``               I R
``fragment``        begins or ends within a sentence            ``half_sentence``       I
                                                                ``headless``
``greeting``        the model spoke as the assistant            ``assistant_greeting``  I
``junk``            bytes that are no text                      ``junk_characters``     I R
``length``          an instruction out of bounds                ``too_short``           I
                                                                ``too_long``
``response_length`` a response out of bounds                    ``too_short``           R
                                                                ``too_long``
``role_marker``     another role's marker inside the text       ``role_marker``         I R
``unfinished``      the sample ran into ``max_tokens``          ``no_stop``             I R
``next_turn``       (cleaner) only the assistant's turn is left ``assistant_turn``      I
``trim`` (cleaner)  nothing is left without the white space     ``empty``               I
==================  ==========================================  ======================  =======

I is the instruction stage, R the response stage. Reasons are the keys of a run's statistics:
they are never renamed, only added. ``magpie-filter-repetition`` offers the filter for looping text.
"""

from __future__ import annotations

from magpie_core.builtin.filters.answer import AnswerFilter
from magpie_core.builtin.filters.bare_json import BareJsonFilter
from magpie_core.builtin.filters.colon import ColonFilter
from magpie_core.builtin.filters.empty import EmptyFilter
from magpie_core.builtin.filters.fragment import FragmentFilter
from magpie_core.builtin.filters.greeting import GreetingFilter
from magpie_core.builtin.filters.junk import JunkFilter
from magpie_core.builtin.filters.length import LengthFilter, ResponseLengthFilter
from magpie_core.builtin.filters.next_turn import NextTurnCleaner
from magpie_core.builtin.filters.role_marker import RoleMarkerFilter
from magpie_core.builtin.filters.trim import TrimCleaner
from magpie_core.builtin.filters.unfinished import UnfinishedFilter
from magpie_core.filters import Cleaner, Filter
from magpie_core.hookspecs import hookimpl


@hookimpl
def magpie_register_filters() -> list[type[Filter] | type[Cleaner]]:
    """Offer the core's own filters and cleaners."""
    return [
        AnswerFilter,
        BareJsonFilter,
        ColonFilter,
        EmptyFilter,
        FragmentFilter,
        GreetingFilter,
        JunkFilter,
        LengthFilter,
        ResponseLengthFilter,
        NextTurnCleaner,
        RoleMarkerFilter,
        TrimCleaner,
        UnfinishedFilter,
    ]
