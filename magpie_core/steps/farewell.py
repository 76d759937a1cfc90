"""Tell when a user ends the talk instead of asking for more. Knows texts only."""

from __future__ import annotations

import re

MOST_CHARACTERS = 120
"""A longer text may begin with thanks, but says more than that."""
ENDINGS = (
    r"(?:many |so many |a thousand )?(?:thanks?|thank you|thx|cheers|much appreciated)",
    r"i (?:really )?appreciate (?:it|that|this|your help)",
    r"merci|gracias|danke(?: ?sch[oö]n)?|grazie|obrigad[oa]|спасибо|谢谢|多谢|감사합니다",
    r"ありがとう(?:ございます|ございました)?",
    r"(?:good ?)?bye(?:[- ]bye)?|see (?:you|ya)(?: later| soon)?|take care|good ?night",
    r"have a (?:great|good|nice|lovely) (?:day|one|evening|night|weekend)",
    r"talk to you (?:later|soon)|adi[oó]s|au revoir|tsch[uü]ss|再见|さようなら",
    r"(?:that|this)(?:'s| is|'ll be| will be) (?:all|it|everything|enough|perfect|great|(?:very )?helpful)"
    r"(?: i (?:need(?:ed)?|wanted)(?: to know)?)?(?: for (?:now|today))?",
    r"i have no (?:more|further|other) questions|no|nothing else|got it|understood|sounds good",
    r"perfect|great|awesome|excellent|wonderful|ok(?:ay)?|alright",
    r"you(?:'ve| have) been (?:very |really |so )?helpful",
)
"""Each ends a talk by itself."""
PADDING = (
    r"so much|very much|a lot|again|and|now|then|today|everyone|my friend|it was (?:very )?helpful",
    r"for (?:your|the|all(?: of)?(?: your| the)?) "
    r"(?:help|assistance|time|answer|explanation|advice|suggestions?|tips|information|support|response)",
    r"for (?:helping|explaining)(?: me)?(?: (?:this|that|it))?",
)
"""What may stand beside them and changes nothing."""

_ENDING = re.compile(rf"(?<!\w)(?:{'|'.join(ENDINGS)})")
_WHOLE = re.compile(rf"(?:(?:{'|'.join((*ENDINGS, *PADDING))})[\s,.!;:…—–-]*)+")
_PLAIN = str.maketrans({"’": "'", "。": ".", "!": "!", ",": ","})
_FIRST_PICTURE = 0x1F300
_OLD_PICTURES = "\ufe0f☺❤"


def is_farewell(text: str) -> bool:
    """Whether ``text`` only thanks, agrees or says good-bye.

    ``Thanks! And how long does it keep?`` asks for more, so it is none; nor is ``Again!``.
    """
    said = "".join(one for one in text if ord(one) < _FIRST_PICTURE and one not in _OLD_PICTURES)
    plain = " ".join(said.translate(_PLAIN).casefold().split()).strip("\"'*_ ")
    if not 0 < len(plain) <= MOST_CHARACTERS:
        return False
    return _ENDING.search(plain) is not None and _WHOLE.fullmatch(plain) is not None
