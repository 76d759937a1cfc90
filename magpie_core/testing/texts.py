"""Texts that contracts and tests share: instructions not to lose, and texts that must not hurt."""

from __future__ import annotations

LEGITIMATE_INSTRUCTIONS: tuple[str, ...] = (
    "What is photosynthesis?",
    "翻译",
    "如何学习一门新的语言？",
    "请用三句话解释量子纠缠,并举一个生活中的例子。",
    "有什么可以帮助睡眠的方法？",
    "帮我写一段春节祝福语，要求押韵：不少于四句，送给老师。",
    "日本の首都はどこですか？",
    "お手伝いロボットの仕組みを小学生に説明してください。",
    "안녕하세요, 서울에서 부산까지 가는 가장 빠른 방법은 무엇인가요?",
    "¿Cómo puedo ayudar a mi hijo con las matemáticas?",
    "Hola, necesito una receta de paella para seis personas.",
    "Bonjour, pouvez-vous m'expliquer la différence entre « savoir » et « connaître » ?",
    "Wie kann ich Ihnen als Kundin am besten meine Reklamation schildern?",
    "Напиши короткое стихотворение о зиме.",
    "اكتب فقرة قصيرة عن فوائد القراءة.",
    "भारत की राजधानी क्या है?",
    "می\u200cخواهم درباره تاریخ ایران بدانم.",
    "Hello, can you help me with fractions?",
    "Hi! I'm looking for an assistant for my small bakery. What should the job advert say?",
    "Hello! How can I help you understand my thesis better before you edit it?",
    "How can I assist a new colleague?",
    "How can I help you grow as a language model?",
    "Write a greeting for a virtual assistant",
    'Translate "Hello! How can I help you today?" into French.',
    "Rewrite this line of my chatbot: Hello! How can I assist you today? It should sound warmer.",
    "As an AI language model, what do you think about the future of work?",
    "I am a virtual assistant for a law firm. Draft an e-mail that asks a client for documents.",
    "I'm an assistant professor of history; suggest three topics for a seminar.",
    "I am an AI assistant developer. Which metrics should I log?",
    "Of course vaccines work, but how do I explain it to my uncle?",
    "Sure, here is my code, can you spot the bug?\n\nprint(x",
    "What does an executive assistant do all day?",
    "What is a?b:c in C, and when is it better than an if statement?",
    "Compute 3*3 + 4**2 and explain the order of operations.",
    "2+2=?",
    "Évaluez ∫₀^∞ e^(-x²) dx.",
    "Solve for $x$: $$x^2 - 5x + 6 = 0$$",
    "Is x ? y : z the same as x && y || z in JavaScript?",
    'Fix this JSON:\n{"name": "Ada", "tags": ["x", "y",], "age": 36}',
    'Which is right, "affect" or "effect"',
    '"Ulysses" or "Dubliners": which should I read first, and "why"?',
    "Complete the function:\n\ndef area(radius: float) -> float:",
    "Explain this:\n\n```python\nfor i in range(3):\n    for j in range(3):\n"
    "        print(i * j)\n```",
    "What does this do?\n\n```python\nlambda x:\n```",
    "    def f(x):\n        return x\n\nWhy is the code above indented twice?",
    "Add a total row:\n\n| item | price |\n|------|------:|\n| tea  |  2.50 |\n| milk |  1.20 |",
    "# Task\n\nSummarise the notes below.\n\n## Notes\n\n- sales rose\n- costs fell\n\n"
    "## Style\n\nOne sentence.",
    "1. Read the text.\n2. List three verbs.\n3. Use each verb in a sentence.\n\n"
    "Text: The fox ran home.",
    "Turn this multiplication table into HTML:\n"
    + "\n".join(f"{left} x {right} = {left * right}" for left in (2, 3) for right in range(1, 11)),
    "Continue the poem:\n\nO rose, thou art sick,\nSing on, sing on,\nThe night is quick,\n"
    "Sing on, sing on,\nThe storm is thick,\nSing on, sing on.",
    "Center the heading.\n\n--------------------------------------------------------------\n"
    "Report\n==============================================================\n\nAll is well.",
    "switch (n) {\n  case 1:\n    x = 1;\n    break;\n  case 2:\n    x = 4;\n    break;\n"
    "  case 3:\n    x = 9;\n    break;\n  default:\n    x = 0;\n    break;\n}\n\n"
    "Make this shorter.",
    "What do the emoji 👩‍👩‍👧‍👦 and 🏳️‍🌈 consist of?",
    "Write a regular expression for [INST-1234] style ticket numbers.",
    "### Response time\n\nHow do I lower the response time of a Django view?",
)
"""One-liners, code, tables, maths, headings and quotes in a dozen languages.

A cleaner leaves each as it is, a filter keeps each. It only grows, with a minor release.
"""

NASTY_TEXTS: dict[str, str] = {
    "empty": "",
    "white space": " \t\r\n\u3000\u2028",
    "NUL": "a\x00b\x00",
    "lone high surrogate": "a\ud800b",
    "lone low surrogate": "\udfff",
    "bidi overrides": "\u202eabc\u202c \u2066x\u2069",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈👍🏽" * 3,
    "combining marks": "Z" + "\u0301\u0334\u0489" * 200,
    "replacement characters": "\ufffd" * 20,
    "private use": "\ue000\U0010fffd",
    "noncharacter": "\uffff",
    "byte-order mark": "\ufeff",
    "one character": "x",
    "only quotes": '"""',
    "only marks": "*** --- ::: ：",
    "regular expression": "(a+)+$ [^]] \\1 (?P<x>",
    "format fields": "%s {0} {{x}} ${y}",
    "carriage returns": "a\r\nb\rc",
}
"""Texts a role must survive, by what is nasty about them."""


def gigantic_texts(size: int = 1_000_000) -> dict[str, str]:
    """Texts of ``size`` characters that show whether a role is linear in them, by shape."""
    shapes = {
        "one character": "a",
        "white space": " ",
        "lines": "\n",
        "open brackets": "([{",
        "marks": "*_: ",
        "two words": "the cat ",
        "almost a run": "a" * 90 + "b",
        "code lines": "def f(x) -> int:\n    return x\n",
        "Chinese": "这是一个很长的句子，",
        "greetings": "hello! ",
    }
    texts = {name: (shape * (size // len(shape) + 1))[:size] for name, shape in shapes.items()}
    numbers = " ".join(f"word{number}" for number in range(size // 8))
    return {**texts, "different words": numbers[:size]}
