"""Markdown as a tree of plain data, for a page that builds elements from it. Knows no page and no HTML text.

What a model wrote is hostile. No HTML ever comes of it here: a node is a text, or ``[tag, attributes, …]``
with a tag of ``TAGS`` and nodes below, and the page makes elements of these and no others. HTML in the text
stays text, links lead to http and https only, images are named and not loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Tree = list[Any]
"""Nodes: texts, and lists of a tag, its attributes (a dict) and nodes."""

LONGEST = 60_000
"""Characters that are rendered; what is longer is shown as it is."""
LONGEST_CODE = 20_000
"""Characters of code that are coloured."""
TAGS = frozenset(
    {
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "em",
        "strong",
    }
    | {"s", "hr", "br", "a", "span", "table", "thead", "tbody", "tr", "th", "td"}
)
LANGUAGES = frozenset(
    {
        "bash",
        "c",
        "clojure",
        "cpp",
        "csharp",
        "css",
        "dart",
        "diff",
        "dockerfile",
        "elixir",
        "go",
        "graphql",
    }
    | {
        "haskell",
        "html",
        "http",
        "ini",
        "java",
        "javascript",
        "js",
        "json",
        "jsx",
        "julia",
        "kotlin",
        "latex",
    }
    | {
        "lua",
        "make",
        "makefile",
        "matlab",
        "md",
        "markdown",
        "nginx",
        "objective-c",
        "ocaml",
        "perl",
        "php",
    }
    | {
        "powershell",
        "ps1",
        "protobuf",
        "py",
        "python",
        "python3",
        "r",
        "rb",
        "rs",
        "ruby",
        "rust",
        "scala",
    }
    | {
        "sh",
        "shell",
        "sql",
        "swift",
        "tex",
        "toml",
        "ts",
        "tsx",
        "typescript",
        "vb",
        "xml",
        "yaml",
        "yml",
    }
    | {"zig", "zsh"}
)
"""Languages whose code is coloured. Not all that pygments knows: some patterns take long on odd texts."""


def tree_of(text: str) -> Tree | None:
    """``text`` as a tree; None where it is too long to be rendered."""
    if len(text) > LONGEST:
        return None
    return _nodes(_parser().parse(text))


def is_link(address: str) -> bool:
    """Whether a page may link to ``address``."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    class Tame(MarkdownIt):
        def validateLink(self, url: str) -> bool:
            return is_link(url)

    parser = Tame("commonmark", {"html": False, "linkify": False, "typographer": False})
    return parser.enable(["table", "strikethrough"])


def _nodes(tokens: Sequence[Token]) -> Tree:
    """The tokens of one level and below, which open and close, as nested nodes."""
    root: Tree = []
    open_nodes: list[Tree] = [root]
    for token in tokens:
        if token.nesting == 1:
            node = _element(token)
            open_nodes[-1].append(node)
            open_nodes.append(node)
        elif token.nesting == -1:
            open_nodes.pop()
        else:
            open_nodes[-1].extend(_leaf(token))
    return root


def _element(token: Token) -> Tree:
    if token.type == "paragraph_open" and token.hidden:  # in a list without gaps
        return ["span", {}]
    if token.tag == "a":
        return ["a", {"href": str(token.attrGet("href") or "")}]
    attributes: dict[str, Any] = {}
    if token.tag == "ol" and isinstance(start := token.attrGet("start"), int):
        attributes["start"] = start
    if token.tag in ("th", "td") and (style := token.attrGet("style")):
        attributes["align"] = str(style).removeprefix("text-align:")
    return [token.tag if token.tag in TAGS else "span", attributes]


def _leaf(token: Token) -> Tree:
    if token.type == "inline":
        return _nodes(token.children or [])
    if token.type in ("fence", "code_block"):
        return [["pre", {}, ["code", {}, *coloured(token.content, token.info)]]]
    if token.type == "code_inline":
        return [["code", {}, token.content]]
    if token.type == "softbreak":
        return ["\n"]
    if token.type in ("hardbreak", "hr"):
        return [["br" if token.type == "hardbreak" else "hr", {}]]
    if token.type == "image":
        return [["span", {"class": "image"}, f"[image: {token.content}] {token.attrGet('src')}"]]
    return [token.content] if token.content else []


def coloured(code: str, language: str) -> Tree:
    """``code`` as texts and spans with the short classes of pygments.

    Args:
        code: as it is.
        language: what stands behind the fence; only its first word counts.
    """
    name = (language.split() or [""])[0].lower()
    if name not in LANGUAGES or len(code) > LONGEST_CODE:
        return [code]
    from pygments.lexers import get_lexer_by_name
    from pygments.token import STANDARD_TYPES
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return [code]
    found: Tree = []
    for kind, text in lexer.get_tokens(code):
        while kind not in STANDARD_TYPES and kind.parent is not None:
            kind = kind.parent
        short = STANDARD_TYPES.get(kind, "") if text.strip() else ""
        last = found[-1] if found else None
        if short and isinstance(last, list) and last[1]["class"] == short:
            last[2] += text
        else:
            found.append(["span", {"class": short}, text] if short else text)
    return found
