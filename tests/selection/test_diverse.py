"""The diverse step: a walk from the best on, a funnel that adds up, vectors from the cache and made when missing."""

import importlib.util
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magpie_core.dataset.source import open_source
from magpie_core.embedded import Picker
from magpie_core.errors import MissingEngineError, UnknownNameError, UsageError
from magpie_core.neighbours.cache import Cache, digests
from magpie_core.selection.diverse import Diverse
from magpie_core.selection.request import Request
from magpie_core.selection.select import select
from magpie_core.selection.table import Table


class Walk(Picker):
    """A plain walk."""

    name = "walk"

    def pick(self, vectors, order, n=None, on_progress=None):
        kept = []
        for row in order.tolist():
            if len(kept) == n:
                break
            if all(vectors[row] @ vectors[one] < 1 - self.distance / 2 for one in kept):
                kept.append(row)
        return kept


class OtherWalk(Walk):
    """Another one of another name."""

    name = "other"


class Letters:
    """Texts of the same first letter are near, all others far."""

    name = "letters"
    identity = "of the test"

    def __init__(self):
        self.made = 0

    def embed(self, texts):
        self.made += len(texts)
        vectors = np.zeros((len(texts), 26), np.float32)
        for at, text in enumerate(texts):
            if text[:1].isalpha():
                vectors[at, ord(text[0]) - ord("a")] = 1
        return vectors


PICKERS = {"walk": Walk}


def diversely(path, embedder=None, pickers=PICKERS, **asked):
    """Ids, and the funnel's stages as (step, removed, unknown)."""
    request = Request(diverse=0.2, **asked)
    with open_source(path) as source:
        diverse = Diverse(source, request, pickers, lambda *told: None)
        diverse.embedder = embedder or Letters()
        with select(source, request, diverse=diverse) as selection:
            funnel = selection.funnel
            assert funnel.selected == sum(1 for _ in selection.ids())
            before = funnel.read
            for one in funnel.stages:
                assert one.before == before
                before = one.kept
            stages = [(one.step, one.removed, one.unknown) for one in funnel.stages]
            return list(selection.ids()), stages


TEXTS = ["apple", "bread", "avocado", "cheese", "beer", "dumpling"]
SCORES = [1.0, 2.0, 3.0, None, 5.0, 4.0]


@pytest.fixture
def path(data):
    rows = [{"instruction": t, "x": x} for t, x in zip(TEXTS, SCORES, strict=True)]
    return data(*rows)


def test_the_best_of_near_ones_stays_and_the_funnel_says_how_many_went(path):
    # beer 5, dumpling 4, avocado 3; bread is near beer, apple near avocado, cheese has no rank
    assert diversely(path, by="x") == (["r2", "r4", "r5"], [("diverse", 3, 1)])


def test_without_a_rank_the_first_stays(path):
    assert diversely(path) == (["r0", "r1", "r3", "r5"], [("diverse", 2, 0)])


def test_the_walk_ends_when_enough_are_kept(path):
    kept, stages = diversely(path, by="x", top=2)
    assert kept == ["r4", "r5"]
    assert stages == [("diverse", 0, 0), ("top", 4, 1)]  # none was met that is near
    kept, stages = diversely(path, by="-x", top=3)
    assert kept == ["r0", "r1", "r5"]
    assert stages == [("diverse", 1, 0), ("top", 2, 1)]  # avocado; beer was not reached
    kept, stages = diversely(path, by="x", top=99)
    assert (kept, stages) == (["r2", "r4", "r5"], [("diverse", 2, 0), ("top", 1, 1)])


def test_labels_rank_by_their_place_in_their_order(data):
    labels = [("easy", "good"), ("very hard", "excellent"), ("medium", "poor"), (None, "good")]
    rows = [
        {"instruction": text, "difficulty": difficulty, "input_quality": quality}
        for text, (difficulty, quality) in zip("abad", labels, strict=True)
    ]
    by = "(1 + enum_code(difficulty)) * (1 + enum_code(input_quality))"  # 8, 25, 6, none
    kept, stages = diversely(data(*rows), by=by, top=2)
    assert kept == ["r0", "r1"]
    assert stages == [("diverse", 0, 0), ("top", 2, 1)]


def test_nothing_to_pick_from_is_nothing(path):
    assert diversely(path, where=("x > 100",)) == ([], [("where", 6, 1), ("diverse", 0, 0)])


def test_conditions_come_before_and_a_sample_after(path):
    kept, stages = diversely(path, where=("x < 5",), by="x", sample=1)
    assert len(kept) == 1
    assert stages == [("where", 2, 1), ("diverse", 1, 0), ("sample", 2, 0)]


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.none() | st.integers(0, 5)), min_size=1),
    st.none() | st.integers(1, 6),
)
def test_it_is_the_walk_by_hand(data, rows, top):
    path = data(*({"instruction": f"{t}{k}", "x": x} for k, (t, x) in enumerate(rows)))
    ranked = [k for k, (_, x) in enumerate(rows) if x is not None]
    ranked.sort(key=lambda k: (-rows[k][1], k))
    seen, kept = set(), []
    for k in ranked:
        if rows[k][0] not in seen and (top is None or len(kept) < top):
            seen.add(rows[k][0])
            kept.append(k)
    assert diversely(path, by="x", top=top)[0] == [f"r{k}" for k in sorted(kept)]


def test_only_what_may_be_chosen_is_embedded_and_once(path):
    embedder = Letters()
    diversely(path, embedder, where=("x > 1",))
    assert embedder.made == 4
    diversely(path, embedder)
    assert embedder.made == 6
    diversely(path, embedder)
    assert embedder.made == 6


def test_a_text_without_an_embedding_is_near_to_none(data):
    kept, _ = diversely(data({"instruction": "?"}, {"instruction": "!"}, {"instruction": "a"}))
    assert kept == ["r0", "r1", "r2"]


def test_what_dedup_embedded_is_used(path):
    folder = path.with_name(path.name + ".magpie") / "embeddings" / "minilm"
    with open_source(path) as source:
        cache = Cache(folder, "model")
        cache.fill(TEXTS, digests(TEXTS), Letters().embed)
        assert Diverse(source, Request(diverse=0.2), PICKERS, print).embedder.name == "minilm"
    path.with_name("empty.jsonl").write_text(json.dumps({"prompt": "a"}))
    with open_source(path.with_name("empty.jsonl")) as source:
        assert Diverse(source, Request(diverse=0.2), PICKERS, print).embedder.name == "mpnet"


def test_damage_is_told_once_and_the_rest_used(path):
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:1], "{broken\n", *lines[1:]]))
    told = []
    request = Request(diverse=0.2)
    with open_source(path) as source:
        source.on_damage = lambda *one: told.append(one)
        diverse = Diverse(source, request, PICKERS, lambda *told: None)
        diverse.embedder = Letters()
        with select(source, request, diverse=diverse) as selection:
            assert list(selection.ids()) == ["r0", "r1", "r3", "r5"]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"balance": ("x",)}, "does not go with"),
        ({"quota": {"x": 0.5}}, "does not go with"),
        ({"diverse": 0.0}, "no distance above 0"),
        ({"diverse": 2.0}, "no distance above 0"),
        ({"diverse": None, "picker": "walk"}, "are for --diverse"),
        ({"diverse": None, "embedder": "minilm"}, "are for --diverse"),
    ],
)
def test_what_does_not_go_together(path, asked, said):
    with open_source(path) as source, pytest.raises(UsageError, match=said) as caught:
        select(source, Request(**({"diverse": 0.2} | asked)))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("picker", "pickers", "kind", "said"),
    [
        (None, {}, MissingEngineError, "pip install magpie-filter-diversity"),
        ("walk", {}, MissingEngineError, "pip install magpie-filter-diversity"),
        ("wolk", PICKERS, UnknownNameError, "did you mean `walk`?"),
        (None, {"other": OtherWalk, **PICKERS}, UsageError, "--picker other"),
    ],
)
def test_pickers_are_found_by_name_and_missing_ones_can_be_installed(
    path, picker, pickers, kind, said
):
    request = Request(diverse=0.2, picker=picker)
    with open_source(path) as source, pytest.raises(kind) as caught:
        Diverse(source, request, pickers, print)
    assert said in str(caught.value.hint)


def test_embeddings_of_another_model_are_said_before_anything_is_read(path, monkeypatch):
    diversely(path)
    monkeypatch.setattr(Table, "load", lambda *a, **k: pytest.fail("everything was read"))
    other = Letters()
    other.identity = "another"
    with pytest.raises(UsageError, match="another model"):
        diversely(path, other)


def test_without_what_embeds_it_says_what_to_install(path, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr(
        "magpie_core.neighbours.embedders.find_spec",
        lambda name: None if name == "sentence_transformers" else there(name),
    )
    with pytest.raises(MissingEngineError, match="sentence_transformers"):
        diversely(path)
    assert not path.with_name(path.name + ".magpie").exists()
