"""Rendered Markdown: a tree of known tags, never HTML, links and pictures tamed, whatever the text is."""

from hypothesis import given
from hypothesis import strategies as st

from magpie_core.view.markdown import LONGEST, TAGS, coloured, is_link, tree_of


def texts(nodes):
    return "".join(one if isinstance(one, str) else texts(one[2:]) for one in nodes)


def tags(nodes):
    return {name for one in nodes if not isinstance(one, str) for name in {one[0]} | tags(one[2:])}


def attributes(nodes):
    for one in nodes:
        if not isinstance(one, str):
            yield from one[1].items()
            yield from attributes(one[2:])


PIECES = st.sampled_from(
    ["<script>", "</p>", "[x](", "javascript:", "data:text/html,", "http://a.b", ")", "![", "](", "`", "```py\n", "\n\n", "|a|b|\n|-|-|\n", "* ", "1. ", "> ", "# ", "<!--", "&lt;", "\\", "\x00", "\u202e", "&#x6a;", "~~", "**", "a"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=8), max_size=30).map("".join))
def test_whatever_the_text_is_the_tree_has_known_tags_and_tame_attributes(text):
    tree = tree_of(text)
    assert tree is not None
    assert tags(tree) <= TAGS
    for name, value in attributes(tree):
        assert name in {"href", "class", "start", "align"}
        assert name != "href" or is_link(value)
        assert name != "align" or value in {"left", "right", "center"}


def test_html_stays_text():
    text = "<script>alert(1)</script>\n\nand <b onclick='x()'>bold</b>"
    tree = tree_of(text)
    assert tags(tree) == {"p"}
    assert "<script>alert(1)</script>" in texts(tree)
    assert "<b onclick='x()'>" in texts(tree)


def test_links_lead_to_the_web_only():
    [paragraph] = tree_of(
        "[a](https://example.org/x?y=1) [b](javascript:alert(1)) [c](file:///etc/passwd) <data:text/html,x>"
    )
    links = [one for one in paragraph if isinstance(one, list)]
    assert links == [["a", {"href": "https://example.org/x?y=1"}, "a"]]
    assert "[b](javascript:alert(1))" in texts([paragraph])
    assert [
        is_link(one)
        for one in ("http://a", "HTTPS://a", "//a", "/a", "http:", "java\nscript:x", "http://[")
    ] == [True, True, False, False, False, False, False]


def test_pictures_are_named_and_not_loaded():
    [paragraph] = tree_of("![a cat](https://example.org/cat.png)")
    assert paragraph[2] == [
        "span",
        {"class": "image"},
        "[image: a cat] https://example.org/cat.png",
    ]


def test_lists_tables_and_code():
    tree = tree_of(
        "3. a\n4. b\n\n| x |\n|--:|\n| 1 |\n\n```python\nx = 1\n```\n\n~~old~~ `c`  \nnew"
    )
    assert tree[0][:2] == ["ol", {"start": 3}]
    assert {"table", "th", "td", "pre", "code", "s", "br"} <= tags(tree)
    assert ("align", "right") in set(attributes(tree))


def test_code_is_coloured_where_the_language_is_known():
    assert coloured("x = 'y'", "python title=x") == [
        ["span", {"class": "n"}, "x"],
        " ",
        ["span", {"class": "o"}, "="],
        " ",
        ["span", {"class": "s1"}, "'y'"],
    ]
    assert coloured("x = 1", "nonsense") == ["x = 1"]
    assert coloured("x = 1", "") == ["x = 1"]
    long = "x = 1\n" * 10_000
    assert coloured(long, "python") == [long]


@given(st.text(max_size=200))
def test_coloured_code_is_the_same_text(code):
    found = coloured(code, "python")
    assert texts(found).replace("\r\n", "\n").replace("\r", "\n") == code.replace(
        "\r\n", "\n"
    ).replace("\r", "\n")


def test_what_is_too_long_is_not_rendered():
    assert tree_of("a" * (LONGEST + 1)) is None
