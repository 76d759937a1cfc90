"""``magpie prefer``: what is printed, what is on disk, what comes out of an export, and going on."""

from __future__ import annotations

import json
import os
import signal

import pytest

from magpie_core.testing.processes import start_magpie, wait_for

pytestmark = pytest.mark.usefixtures("site")


def columns(place, name="preferred"):
    parts = sorted((place / "preferences" / name).glob("part-*.jsonl"))
    found = [json.loads(line) for part in parts for line in part.read_text().splitlines()]
    return {one["id"]: one["columns"] for one in found}


def prefer(run, *more):
    return ("prefer", run, "--by", "length", "--samples", 4, *more)


def test_pairs_are_made_and_the_run_is_not_touched(magpie, fake_run, tmp_path):
    def whole():
        paths = [
            one
            for one in fake_run.rglob("*")
            if one.is_file() and not {"preferences", "events.jsonl"} & {*one.parts}
        ]
        return {one: one.read_bytes() for one in paths if one.name != "lock"}

    before = whole()
    said = magpie(*prefer(fake_run, "--json"))
    assert said.code == 0, said.err
    assert whole() == before
    document = json.loads(said.out)
    found = columns(fake_run)
    assert document["responses"] == {"before": 0, "done": 12, "failed": 0}
    assert document["rewards"] == {"before": 0, "done": 12, "failed": 0}
    assert document["pairs"] + sum(document["no_pair"].values()) == len(found) == 12
    assert document["pairs"] > 6
    for one in found.values():
        assert len(one["responses"]) == len(one["rewards"]) == len(one["objections"]) == 4
        assert len(set(one["responses"])) == 4  # each its own seed
        if one["pair"] is None:
            assert one["no_pair"] in ("too_few", "equal_rewards")
            continue
        chosen, rejected = one["pair"]
        rated = [reward for reward in one["rewards"] if reward is not None]
        assert one["chosen"] == one["responses"][chosen]
        assert one["rejected"] == one["responses"][rejected]
        assert one["chosen_reward"] == max(rated) > min(rated) == one["rejected_reward"]
        assert one["objections"][chosen] is one["objections"][rejected] is None
    again = magpie(*prefer(fake_run))
    assert "complete, 12 records" in again.out
    assert columns(fake_run) == found


@pytest.mark.parametrize("name", ["trl", "axolotl", "handbook"])
def test_they_are_exported(magpie, fake_run, tmp_path, name):
    assert magpie(*prefer(fake_run, "--margin", 12, "-q")).code == 0
    pairs = [one for one in columns(fake_run).values() if one["pair"] is not None]
    assert 0 < len(pairs) < 12
    assert min(one["margin"] for one in pairs) >= 12
    out = tmp_path / "pairs.jsonl"
    said = magpie("export", fake_run, "--to", f"{name}-preference", "--out", out)
    assert said.code == 0, said.err
    assert f"{12 - len(pairs)} records without a pair left out" in said.err
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) == len(pairs)
    assert len({tuple(one) for one in rows}) == 1


def test_an_interrupted_one_goes_on(magpie, fake_run):
    assert magpie(*prefer(fake_run, "-n", 5, "-q")).code == 0
    first = columns(fake_run)
    assert len(first) == 5
    document = json.loads(magpie(*prefer(fake_run, "--json")).out)
    assert document["responses"] == {"before": 5, "done": 7, "failed": 0}
    assert document["rewards"] == {"before": 5, "done": 7, "failed": 0}
    found = columns(fake_run)
    assert {id: found[id] for id in first} == first
    assert magpie(*prefer(fake_run, "--as", "alone", "--in-flight", 1, "-q")).code == 0
    assert columns(fake_run, "alone") == found


@pytest.mark.parametrize("phase", ["responses", "rewards"])
def test_killed_it_goes_on_and_nothing_is_sampled_twice(magpie, fake_run, site, phase):
    assert magpie(*prefer(fake_run, "--as", "whole", "-q")).code == 0
    slow = (
        "import asyncio, magpie_core.steps.{} as step\n"
        "real = step.{}._one\n"
        "done = []\n"
        "async def slowly(self, *args):\n"
        "    done.append(1)\n"
        "    await asyncio.sleep(0.05 if len(done) < 6 else 600)\n"  # until it is killed
        "    return await real(self, *args)\n"
        "step.{}._one = slowly\n"
    ).format(
        *{
            "responses": ("sample_responses", *["ResponseSampler"] * 2),
            "rewards": ("rate_responses", *["Rater"] * 2),
        }[phase]
    )
    process = start_magpie(*prefer(fake_run, "--in-flight", 1), first=slow, PYTHONPATH=str(site))
    place = fake_run / "preferences" / "preferred"
    written = place / "sampled" if phase == "responses" else place

    def some():
        parts = list(written.glob("part-*.jsonl"))
        return sum(part.read_bytes().count(b"\n") for part in parts) >= 3

    assert wait_for(some, process), process.communicate()[1]
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    sampled = (place / "sampled" / "part-00000.jsonl").read_bytes().count(b"\n")
    assert 3 <= sampled <= 12
    rated = len(columns(fake_run))
    assert rated < 12
    document = json.loads(magpie(*prefer(fake_run, "--json")).out)
    assert document["responses"] == {"before": sampled, "done": 12 - sampled, "failed": 0}
    assert document["rewards"] == {"before": rated, "done": 12 - rated, "failed": 0}
    assert columns(fake_run) == columns(fake_run, "whole")


def test_ctrl_c_says_how_to_go_on(magpie, fake_run, site):
    slow = (
        "import asyncio, magpie_core.steps.sample_responses as step\n"
        "async def never(self, record):\n"
        "    await asyncio.sleep(1000)\n"
        "step.ResponseSampler._one = never\n"
    )
    process = start_magpie(*prefer(fake_run), first=slow, PYTHONPATH=str(site))
    place = fake_run / "preferences" / "preferred" / "sampled" / "columns.toml"
    assert wait_for(place.exists, process), process.communicate()[1]
    wait = fake_run / "preferences" / "preferred" / "columns.toml"
    assert wait_for(wait.exists, process)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert magpie(*prefer(fake_run, "-q")).code == 0


def test_a_dead_engine_leaves_what_was_done(magpie, checkpoint, tmp_path):
    run = tmp_path / "run"
    base = ("--checkpoint", checkpoint, "--backend", "fake", "-n", 12, "-o", run, "-q")
    assert magpie("run", *base).code == 0
    said = magpie(*prefer(run, "--engine-option", "die_after=5", "--in-flight", 1))
    assert said.code == 6
    assert "the same command again goes on" in said.err
    document = json.loads(magpie(*prefer(run, "--json")).out)
    assert document["responses"] == {"before": 5, "done": 7, "failed": 0}


def test_other_settings_need_another_name_and_may_share_the_responses(magpie, fake_run):
    assert magpie(*prefer(fake_run, "-q")).code == 0
    said = magpie(*prefer(fake_run, "--margin", 5))
    assert said.code == 2
    assert "margin = 0.0, not 5.0" in said.err
    said = magpie(
        *prefer(
            fake_run,
            *("--margin", 5, "--strategy", "second", "--as", "near"),
            *("--samples-from", "preferred", "--json"),
        )
    )
    document = json.loads(said.out)
    assert document["tokens"] == 0
    first, near = columns(fake_run), columns(fake_run, "near")
    assert {id: one["responses"] for id, one in near.items()} == {
        id: one["responses"] for id, one in first.items()
    }
    for one in near.values():
        if one["pair"]:
            rated = sorted((r for r in one["rewards"] if r is not None), reverse=True)
            assert [one["chosen_reward"], one["rejected_reward"]] == rated[:2]
            assert one["margin"] >= 5


def test_another_models_response_is_rejected(magpie, fake_run, tmp_path):
    records = [
        json.loads(line)
        for part in sorted((fake_run / "records").glob("part-*.jsonl"))
        for line in part.read_text().splitlines()
    ]
    base = tmp_path / "base.jsonl"
    rows = [{"instruction": one["instruction"], "response": "No."} for one in records[:8]]
    base.write_text("".join(json.dumps(one) + "\n" for one in rows))
    against = prefer(fake_run, "--strategy", "against-other", "--other", base, "--json")
    document = json.loads(magpie(*against).out)
    assert document["pairs"] == 8
    assert document["no_pair"] == {"no_other": 4}
    found = columns(fake_run)
    for one in found.values():
        if one["pair"]:
            assert (one["rejected"], one["rejected_reward"]) == ("No.", 3.0)
            assert one["pair"][1] == 4 == len(one["responses"]) - 1
            assert one["chosen_reward"] == max(r for r in one["rewards"][:4] if r is not None)
    base.write_text(base.read_text().replace("No.", "Never."))
    said = magpie(*against)
    assert said.code == 2
    assert "strategy" in said.err


def test_another_seed_gives_other_responses(magpie, fake_run):
    assert magpie(*prefer(fake_run, "-q")).code == 0
    assert magpie(*prefer(fake_run, "--as", "other", "--seed", 7, "-q")).code == 0
    first, other = columns(fake_run), columns(fake_run, "other")
    assert all(first[id]["responses"] != other[id]["responses"] for id in first)


def test_pairs_are_split(magpie, fake_run, tmp_path):
    assert magpie(*prefer(fake_run, "-n", 9, "-q")).code == 0
    pairs = sum(one["pair"] is not None for one in columns(fake_run).values())
    said = magpie(
        *("split", fake_run, "--train", 0.5, "--test", 0.5, "--to", "trl-preference"),
        *("--out", tmp_path / "parts"),
    )
    assert said.code == 0, said.err
    assert f"{12 - pairs} records without a pair left out" in said.err
    rows = [
        json.loads(line)
        for name in ("train", "test")
        for line in (tmp_path / "parts" / f"{name}.jsonl").read_text().splitlines()
    ]
    assert len({one["id"] for one in rows}) == len(rows) == pairs


def test_of_several_sets_an_export_names_one(magpie, fake_run, tmp_path):
    for name in ("one", "two"):
        assert magpie(*prefer(fake_run, "--as", name, "-q")).code == 0
    base = ("export", fake_run, "--to", "trl-preference", "--out", tmp_path / "p.jsonl")
    said = magpie(*base)
    assert said.code == 2
    assert "several sets of preferences: one, two" in said.err
    assert magpie(*base, "--preferences", "two").code == 0
    said = magpie(*base, "--preferences", "three", "--overwrite")
    assert said.code == 2
    assert "there are: one, two" in said.err
    said = magpie("export", fake_run, "--to", "jsonl", "--out", "-", "--preferences", "one")
    assert said.code == 2


def test_filters_of_the_run_judge_the_responses(magpie, fake_run):
    said = magpie(*prefer(fake_run, "--max-response-tokens", 12, "--json"))
    document = json.loads(said.out)
    found = columns(fake_run)
    assert document["objections"]
    reasons = [reason for one in found.values() for reason in one["objections"] if reason]
    assert sum(document["objections"].values()) == len(reasons) > 0
    for one in found.values():
        for text, reward, reason in zip(
            one["responses"], one["rewards"], one["objections"], strict=True
        ):
            assert text
            assert (reward is None) == (reason is not None)


def test_a_file_made_elsewhere(magpie, checkpoint, tmp_path):
    file = tmp_path / "data.jsonl"
    talk = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "Name two rivers"},
        {"role": "assistant", "content": "Nile"},
    ]
    rows = [{"messages": talk}, {"instruction": "Only asked"}]
    file.write_text("".join(json.dumps(one) + "\n" for one in rows) + "not json\n")
    said = magpie(*prefer(file))
    assert said.code == 2
    assert "with which checkpoint" in said.err
    assert "magpie prefer" in said.err
    said = magpie(*prefer(file, "--checkpoint", checkpoint, "--backend", "fake", "--json"))
    assert said.code == 0, said.err
    assert json.loads(said.out)["damaged"] == 1
    found = columns(tmp_path / "data.jsonl.magpie")
    assert [one["prompt"] for one in found.values()] == [
        talk[:3],
        [{"role": "user", "content": "Only asked"}],
    ]
    out = tmp_path / "pairs.jsonl"
    said = magpie("select", file, "--where", "margin > 0", "--to", "trl-preference", "--out", out)
    assert said.code == 0, said.err
    assert json.loads(out.read_text().splitlines()[0])["prompt"] == talk[:3]


def test_the_first_prompt_can_be_looked_at(magpie, fake_run):
    document = json.loads(magpie(*prefer(fake_run, "--dry-run", "--json")).out)
    assert (document["to_sample"], document["to_rate"], document["before"]) == (12, 12, 0)
    assert document["prompt"].endswith("<|start_header_id|>assistant<|end_header_id|>\n\n")
    assert document["sampling"]["temperature"] == 0.8
    assert not (fake_run / "preferences").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--samples", 1), "--samples"),
        (("--response-temperature", 0), "all 4 responses would be the same"),
        (("--response-temperature", -1), "--response-temperature"),
        (("--strategy", "best-wurst"), "did you mean `best-worst`"),
        (("--by", "reward"), "--reward Skywork"),
        (("--as", "../up"), "cannot name a folder"),
        (("--strategy", "other-best"), "--other runs/base"),
        (("--other", "x.jsonl"), "those that do: against-other, other-best"),
        (("--strategy", "other-best", "--other", "nothing.jsonl"), "nothing.jsonl"),
        (("--by", "length", "--reward", "C"), "without a checkpoint"),
        (("--margin", "nan"), "--margin nan is no number"),
        (("--samples-from", "none"), "no responses in preferences/none"),
    ],
)
def test_what_cannot_be_done_is_said_at_once(magpie, fake_run, options, said):
    found = magpie(*prefer(fake_run, *options))
    assert found.code in (2, 5)
    assert "hint: " in found.err or "Usage" in found.err
    assert said in found.err
    assert not (fake_run / "preferences").exists()


def test_options_of_a_strategy_stand_in_a_recipe(magpie, fake_run, tmp_path):
    assert magpie("export", fake_run, "--to", "jsonl", "--out", tmp_path / "o.jsonl").code == 0
    recipe = tmp_path / "r.toml"
    recipe.write_text(f"[strategies.against-other]\nother = '{tmp_path / 'o.jsonl'}'\n")
    said = magpie(*prefer(fake_run, "--strategy", "against-other", "--recipe", recipe, "-q"))
    assert said.code == 0, said.err
    recipe.write_text("[strategies.best-worst]\nothers = 1\n")
    said = magpie(*prefer(fake_run, "--recipe", recipe, "--as", "another"))
    assert said.code != 0
    assert "strategy `best-worst`" in said.err


def test_no_pair_survives_a_power_cut_without_its_responses(magpie, fake_run, monkeypatch):
    """Also where the responses are a killed process's, which never came to put them on the disk."""
    assert magpie(*prefer(fake_run, "-q")).code == 0
    place = fake_run / "preferences/preferred"
    for part in place.glob("part-*.jsonl"):
        part.unlink()
    done = []

    def heard(call):
        real = getattr(os, call)

        def wrapped(descriptor, *more):
            done.append((call, os.path.dirname(os.readlink(f"/proc/self/fd/{descriptor}"))))
            return real(descriptor, *more)

        return wrapped

    for call in ("write", "fsync"):
        monkeypatch.setattr(os, call, heard(call))
    assert magpie(*prefer(fake_run, "-q")).code == 0
    first_pair = done.index(("write", str(place)))
    assert ("fsync", str(place / "sampled")) in done[:first_pair]
