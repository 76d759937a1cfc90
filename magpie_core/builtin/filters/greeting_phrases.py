r"""What assistants say first, in a dozen languages, as one pattern. It knows phrases, not drafts.

The pattern is matched at the start of a case-folded head with straight quotes. An offer of help is a
whole sentence ("how can i help you today?"), so that "how can i help you grow?" is none. Between a
greeting and the offer only short sentences without quotation marks or colons may stand. Every
repetition is bounded, so that the time is too.
"""

from __future__ import annotations

import re


def _any(*patterns: str) -> str:
    return "(?:" + "|".join(patterns) + ")"


_HELLO = _any(
    r"hello(?: there)?", r"hi(?: there)?", r"hey(?: there)?", "greetings", "welcome(?: back)?",
    r"good (?:day|morning|afternoon|evening)", "[您你]好(?:呀|啊)?", "嗨", "哈喽", "大家好",
    r"¡?hola", r"¡?buen[oa]s (?:días|tardes|noches)", "bonjour", "bonsoir", "salut",
    "hallo", "guten (?:tag|morgen|abend)", "olá", "oi", "bom dia", "boa tarde", "ciao", "salve",
    "buongiorno", "こんにちは", "はじめまして", "안녕하세요", "привет", "здравствуйте", "merhaba",
    "xin chào", "(?:it's |it is )?(?:nice|great|lovely|good) to (?:meet|see) you",
)  # fmt: skip
# Letters of an alphabet must not follow: "history" is no "hi".
_AFTER_HELLO = r"(?![a-zà-ÿа-я])[\s!！,，.。~～;；👋😊🙂🤗\ufe0f-]{0,12}"
_SMALL_TALK = r"(?:[^\"«「:：]{0,160}[.!?…。！？\n😊👋🙂]\s{0,4})?"

_ENGLISH_OFFER = _any(
    r"(?:so,? )?how (?:can|may|could|might) i "
    r"(?:help|assist|support|serve|be of (?:help|service|assistance)(?: to)?)(?: you)?"
    r"(?:(?<=you)|(?<=service)|(?<=assistance)|(?<=be of help))",
    r"how may i (?:help|assist)",  # "How can I help?" is a volunteer's question as well
    r"(?:so,? )?what (?:can|may|could) i (?:do for|help|assist) you(?: with)?",
    r"is there (?:anything|something)(?: else| specific)? (?:that )?"
    r"i can (?:help|assist)(?: you)?(?: with)?",
)
_ENGLISH_TAIL = _any(
    "", " today", " now", " right now", " further", " out", " tonight", r" this \w{3,12}",
    r",? my friend", r" with (?:that|this|something|anything)?(?: today)?",
    r" with your [\w ]{1,40}", r" today,? [\w ]{1,20}",
    r"(?: with)?,? or (?:would|do|are|is|just) [\w ,']{3,80}",
)  # fmt: skip
_OTHER_OFFER = _any(
    # Chinese
    r"(?:请问|今天|那么|，|,)?(?:您|你)?(?:有什么|有啥|需要什么|我(?:可以|能)?(?:怎么|如何|怎样)?)"
    r"(?:问题|事情|事)?(?:是)?(?:需要)?我?(?:今天)?(?:可以|能够|能|需要)?"
    r"(?:帮助|帮忙|帮到|帮|协助|为|服务于)(?:到)?(?:您|你)"
    r"(?:的|做|解决|解答|服务|效劳|什么|些|点|吗|呢|今天|忙|问题){0,6}",
    r"(?:请问)?(?:有什么|有啥)(?:我)?(?:可以|能)(?:为|帮)?(?:您|你)?(?:效劳|服务|帮忙)(?:的)?(?:吗|呢)?",
    # Spanish, French, German, Portuguese, Italian
    r"¿?(?:en qu[ée]|c[óo]mo|qu[ée]) (?:te |le |lo |los )?(?:puedo|podr[íi]a) "
    r"(?:ayudarte|ayudarle|ayudarlo|ayudaros|asistirte|asistirle|servirte|servirle|hacer por ti"
    r"|(?<=te puedo )ayudar|(?<=le puedo )ayudar|(?<=lo puedo )ayudar)"
    r"(?: (?:hoy|ahora|en algo|con algo))?",
    r"(?:comment|en quoi|que) (?:puis-je|je peux|pourrais-je) "
    r"(?:vous |t'|te )(?:aider|assister|être utile)"
    r"(?: aujourd'hui)?",
    r"(?:wie|womit|was) kann ich (?:heute )?(?:dir|ihnen|für (?:dich|sie)) (?:heute )?"
    r"(?:weiter)?(?:helfen|behilflich sein|tun)(?: heute)?",
    r"(?:como|em que) posso (?:te ajudar|ajud[áa]-l[oa]|ajudar você|ajudar-te|ajudar)"
    r"(?: (?:hoje|você))?",
    r"(?:come|in cosa) posso (?:aiutarti|aiutarla|esserti utile|esserle utile)(?: oggi)?",
    # Japanese, Korean, Russian, Turkish, Vietnamese
    r"(?:今日は|本日は)?(?:何か|どのように|どのような|どういった|何を)?(?:ことを)?"
    r"お(?:手伝い(?:でき|しましょう|いたし|させて|が必要)|役に立て)[^。？?\n]{0,20}",
    r"(?:오늘(?:은)? )?(?:무엇을|어떻게|뭘) 도와\s?드릴까요",
    r"чем (?:я )?(?:могу|можем)(?: я)? "
    r"(?:вам |тебе )?(?:помочь|быть полез(?:ен|на))(?: вам| тебе)?(?: сегодня)?",
    r"(?:bugün )?(?:size|sana) nasıl yardımcı olabilirim",
    r"tôi có thể giúp (?:gì )?(?:cho )?bạn(?: hôm nay)?",
)
_SENTENCE_END = r"\s{0,3}(?:[?？.。!！;；…]|$|\n)"
_OFFER = _any(_ENGLISH_OFFER + _ENGLISH_TAIL, _OTHER_OFFER) + _SENTENCE_END

# What may follow "an AI assistant" when a machine says it, and not "AI assistant developer".
_AFTER_SELF = (
    r"(?=[.,!;:，。！\s]{0,2}$|[.,!;:，。！]|"
    r" (?:here|designed|created|trained|developed|made|built|"
    r"ready|powered|called|named|by|that|and i|and my))"
)
_SELF = _any(
    r"(?:i'm|i am|my name is \w{2,20}(?:,| and|\.) (?:and )?(?:i'm|i am)) "
    r"(?:just )?(?:an?|your|the) "
    r"(?:[\w-]{1,15} ){0,2}?(?:ai|a\.i\.|artificial intelligence|large|virtual ai)(?:[ -]powered)? "
    r"(?:(?:virtual|digital|chat|language) ?){0,2}(?:assistant|language model|model|chatbot|bot)"
    + _AFTER_SELF,
    r"(?:i'm|i am) your (?:[\w-]{1,15} ){0,2}?assistant" + _AFTER_SELF,
    r"i(?:'m| am) (?:always |now )?ready to (?:help|assist) you\b",
    r"as an ai(?: (?:[\w-]{1,15} ){0,2}(?:model|assistant|chatbot))?, "
    r"i (?:am|can|cannot|can't|do|don't|have|was|'m)\b",
    # Alone, or with an offer behind it; a user who quotes it goes on otherwise.
    r"(?:i'm|i am) (?:always |so |very |more than )?(?:happy|glad|excited|delighted) to "
    r"(?:(?:chat|talk)(?: with| to)? you|chat|(?:help|assist)(?: you)?(?: today)?)[!.]"
    r"(?=\s{0,3}$| (?:so,? )?(?:what's on your mind|what (?:would|do) you (?:like|want) (?:to|me to)"
    r"|what (?:can|may) i|how (?:can|may) i (?:help|assist)|what brings you|is there (?:any|some)thing))",
    r"(?:i'm|i am) here to (?:help|assist)(?= you\b|[.!,]| with (?:any|whatever|your))",
    r"我是(?:一个|一名|一款|你的|您的)?[^，。,.!！？?\n]{0,12}?"
    r"(?:ai|人工智能|智能|虚拟|语言)(?:语言)?(?:助手|助理|大模型|模型|机器人)(?=[,，。.!！、\s]|$)",
    r"soy (?:un|una|tu|su) (?:asistente (?:virtual|de ia)|modelo de lenguaje)(?=[.,! ])",
    r"je suis (?:un|une|votre|ton) (?:assistant (?:virtuel|ia)|modèle de langage)(?=[.,! ])",
    r"ich bin (?:ein|dein|ihr) (?:ki-assistent|virtueller assistent|sprachmodell)(?=[.,! ])",
)

_YES = _any(
    "of course", "sure(?: thing)?", "certainly", "absolutely", "definitely", "no problem",
    "great question",
)  # fmt: skip
_WILLING = r"i(?:'d| would) be (?:more than |very )?(?:happy|glad|delighted) to (?:help|assist)"
_COMPLIANCE = _any(
    # "Sure, here is my code" is a user's next turn.
    _YES
    + r"[!,.:]{1,3}\s{1,2}(?:here(?:'s| is| are)|below (?:is|are))(?! (?:my|our|what (?:i|we))\b)",
    _YES + r"[!.]{1,3}\s{1,2}(?:i can (?:certainly |definitely )?(?:help|assist|provide|give)|"
    r"i(?:'ll| will) (?:help|provide|write|create|give|be|try)|i(?:'d| would) be|"
    r"let me (?:help|explain|know|provide|show|give|create|write|walk)|"
    r"what (?:would|can|do) you|please (?:provide|share|tell|let|give|paste|enter|send))\b",
    _YES + r"[!,.]{1,3}\s{1,2}(?:" + _WILLING + r"|i can (?:certainly |definitely )?(?:help|assist)"
    r"(?: you)? with (?:that|this|your)\b|to (?!be )[^\n.?!]{3,120}, "
    r"(?:you(?:'ll| can| will| need)|follow|we)\b)",
    _WILLING + r"(?= you\b|[.!]| with (?:that|your|any))",
    r"(?:当然|好的|没问题)(?:可以)?[!！,，。]{1,2}\s{0,2}"
    r"(?:以下是|这是|下面是|我(?:很)?(?:乐意|可以|会|来)|请(?:提供|告诉))(?!我的|我们的)",
    r"¡?(?:claro(?: que sí)?|por supuesto)[!,.]{1,2} (?:aquí (?:tienes|está)|a continuación)",
    r"bien sûr ?[!,.]{1,2} (?:voici|je serais|je suis)",
    r"(?:natürlich|gerne|klar)[!,.]{1,2} (?:hier (?:ist|sind)|ich helfe)",
    # "Okay, here's a riddle" is a user's; nobody asks with a guide.
    r"(?:okay|ok|alright)[,.!] (?:here(?:'s| is) (?:an?|your|the) (?:[\w-]{1,15},? ){0,4}"
    r"(?:breakdown|guide|overview|explanation|rundown|outline)\b(?! (?:of|to) (?:my|our)\b)"
    r"|let's (?:break (?:down|it|this)|dive|delve|unpack|tackle)\b)",
)
# Refused, thanked for or asked back: what only the one who was asked says.
_REQUEST_OF_YOURS = (
    r"(?:with )?(?:your (?:request|prompt)\b"
    r"|(?:your|this|that) (?:request|question|prompt)(?=[.,!]|$))"
)
_REACTION = _any(
    r"(?:i'm sorry|i am sorry|sorry|i apologi[sz]e),? but (?:as an ai\b|i(?:'m| am)? "
    r"(?:can't|cannot|can not|won't|unable to|not able to) (?:be able to )?"
    r"(?:(?:assist|help)(?: you)? with (?:that|this)(?=[.,!]|$| request)"
    r"|(?:fulfil\w*|comply|complete|process|answer|respond|assist|help)(?: to)? "
    + _REQUEST_OF_YOURS
    + r"))",
    r"i(?:'m| am)? (?:can't|cannot|can not|won't|unable to) (?:(?:assist|help)(?: you)? with (?:that|this)"
    r"(?=[.,!]| request)|(?:fulfil\w*|comply|complete|process) " + _REQUEST_OF_YOURS + ")",
    r"i (?:can't|cannot|can not|won't|am not able to) (?:provide|offer|give|share|create|generate|write"
    r"|produce)(?: you with)? (?:[\w-]{1,15} ){0,2}"
    r"(?:information|guidance|instructions|content|advice|material|assistance)"
    r"(?: or [\w-]{1,15})? (?:on|about|that|which|related|for (?:illegal|harmful|any))\b(?![^\n]{0,300}\?)",
    r"i (?:can't|cannot|can not|won't) (?:provide|create|generate|write|produce|engage in) "
    r"(?:[\w-]{1,15} ){0,2}(?:explicit|harmful|illegal|hateful|offensive|sexual|violent)\b(?![^\n]{0,300}\?)",
    r"i(?:'m| am) just an ai(?: (?:language )?(?:model|assistant))?, (?:and )?(?:it's|i|so i)\b",
    r"thank you for (?:your question|reaching out)[!.,] (?:i'm|i am|i'd|i would|could you|to answer)\b",
    r"you're (?:very |most )?welcome[!.] (?:if you|let me know|feel free|is there|i'm (?:glad|happy))\b",
    r"(?:that's|that is|what) an? (?:great|good|excellent|interesting|fantastic|fascinating) question[!.] "
    r"(?:the|it|there|yes|no|in|as|both|here|to|i)\b",
    r"(?:great|wonderful|awesome|perfect|excellent)[!,.] i'm (?:so |very )?(?:glad|happy) to hear that[!.]",
    # Not "you are looking for a gardener. Here is …": applicants write so.
    r"i understand (?:that )?you(?:'re| are) (?:looking for (?:some )?(?:information|advice|guidance|tips)"
    r"|asking) (?:about|on|for|how)\b[^.?!\n]{1,120}[.!] here are (?:some|a few) "
    r"(?:key|general|important|common|basic|helpful|tips|steps|suggestions)\b",
    r"could you (?:please )?clarify your (?:question|request)\b",
    r"please provide (?:me )?(?:with )?(?:the|your|more) (?:[\w-]{1,15} ){1,4}"
    r"(?:(?:that )?you(?:'d| would) like me to|(?:that )?you want me to|so (?:that )?i can)\b",
)

ASSISTANT_OPENINGS = re.compile(
    _any(
        _any(_HELLO + _AFTER_HELLO + _SMALL_TALK, "") + _OFFER,
        _any(_HELLO + _AFTER_HELLO, "") + _SELF,
        _any(_HELLO + _AFTER_HELLO, "") + _COMPLIANCE,
        _any(_HELLO + _AFTER_HELLO, "") + _REACTION,
        _HELLO
        + _AFTER_HELLO
        + r"what would you like (?:to (?:talk|chat|know|discuss|learn|ask)|help|me to)\b",
    )
)
"""Matches a head that opens in the assistant's voice."""
