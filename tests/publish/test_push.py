"""``magpie push`` against a stub of the hub, through the hub client itself."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from magpie_core.testing.command import write_talks

# the hub client's own, on the way that goes without xet
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


def test_a_push_is_private_and_holds_card_and_shards(magpie, tagged, online):
    said = magpie("push", tagged, "me/first", "--license", "mit", "--json")
    assert said.code == 0, said.err
    done = json.loads(said.out)
    assert online.repos["me/first"]["private"]
    assert done["private"] is True
    assert done["sent"] == 2
    rows = pq.read_table(
        io.BytesIO(online.content("me/first", "data/train-00000-of-00001.parquet"))
    )
    assert rows.num_rows == 12
    assert online.content("me/first", "README.md").startswith(b"---\n")
    assert any(one.startswith("POST /api/validate-yaml") for one in online.calls)


def test_public_is_asked_for(magpie, fake_run, online):
    assert magpie("push", fake_run, "me/open", "--public").code == 0
    assert not online.repos["me/open"]["private"]


def test_what_is_private_stays_so_and_that_is_said(magpie, fake_run, online):
    magpie("push", fake_run, "me/mine")
    said = magpie("push", fake_run, "me/mine", "--public")
    assert said.code == 0
    assert online.repos["me/mine"]["private"]
    assert "stays private" in said.err


def test_what_is_public_is_not_pushed_to_by_accident(magpie, fake_run, online):
    magpie("push", fake_run, "me/open", "--public")
    said = magpie("push", fake_run, "me/open")
    assert said.code == 10
    assert "everybody sees it" in said.err
    assert "--public" in said.err


def test_the_same_push_again_sends_nothing(magpie, tagged, online):
    magpie("push", tagged, "me/first")
    puts, sha = list(online.puts), online.repos["me/first"]["sha"]
    done = json.loads(magpie("push", tagged, "me/first", "--json").out)
    assert (done["sent"], done["unchanged"]) == (0, 2)
    assert online.puts == puts
    assert online.repos["me/first"]["sha"] == sha


def test_shards_that_are_gone_are_removed_and_nothing_else(magpie, tmp_path, online):
    path = write_talks(tmp_path / "talks.jsonl", *[(f"q {n}", "word " * 2000) for n in range(250)])
    assert magpie("push", path, "me/talks", "--shard-mb", 1).code == 0
    assert "data/train-00002-of-00003.parquet" in online.repos["me/talks"]["files"]
    online.repos["me/talks"]["files"]["notes.txt"] = b"mine"
    done = json.loads(magpie("push", path, "me/talks", "--json").out)
    assert done["removed"] == 3
    assert set(online.repos["me/talks"]["files"]) == {
        ".gitattributes",
        "README.md",
        "data/train-00000-of-00001.parquet",
        "notes.txt",
    }


def test_an_interrupted_push_goes_on(tmp_path, hub, environment):
    path = write_talks(tmp_path / "talks.jsonl", *[(f"q {n}", f"{n} " * 3000) for n in range(250)])
    command = [sys.executable, "-c", "from magpie_core.cli import main; main()"]
    command += ["push", str(path), "me/talks", "--shard-mb", "1", "--json"]
    hub.hang_at_put = 1
    first = subprocess.Popen(
        [
            *command[:2],
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            + command[2],
            *command[3:],
        ],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert hub.hanging.wait(120)
    os.kill(first.pid, signal.SIGINT)
    assert "the same command goes on" in first.communicate(timeout=120)[1]
    assert first.returncode == 130
    assert len(hub.puts) == 1
    assert not [one for one in hub.repos["me/talks"]["files"] if one.endswith(".parquet")]
    staged = tmp_path / "talks.jsonl.magpie" / "exports" / "push" / "me--talks"
    before = (staged / "layout.json").stat().st_mtime_ns

    hub.hang_at_put = None
    second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    assert (staged / "layout.json").stat().st_mtime_ns == before, "staged anew"
    assert len(hub.puts) == len(set(hub.puts)), "a shard was sent twice"
    shards = [n for n in hub.repos["me/talks"]["files"] if n.endswith(".parquet")]
    assert len(shards) == len(hub.puts) >= 3
    assert (
        sum(pq.read_metadata(io.BytesIO(hub.content("me/talks", n))).num_rows for n in shards)
        == 250
    )


def test_the_token_is_nowhere(magpie, tagged, online):
    said = magpie("push", tagged, "me/first")
    assert online.token not in said.out + said.err
    for path in (tagged / "exports").rglob("*"):
        assert not path.is_file() or online.token.encode() not in path.read_bytes()


def test_without_a_token(magpie, fake_run, online, monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    said = magpie("push", fake_run, "me/first")
    assert said.code == 10
    assert "hf auth login" in said.err
    assert not online.calls, "asked though nobody is logged in"


def test_a_token_that_is_refused(magpie, fake_run, online, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_another")
    said = magpie("push", fake_run, "me/first")
    assert said.code == 10
    assert "does not take your token" in said.err
    assert "hf_another" not in said.err


def test_an_owner_that_is_not_mine(magpie, fake_run, online):
    said = magpie("push", fake_run, "our-labs/first")
    assert said.code == 10
    assert "yours: me, our-lab" in said.err
    assert "did you mean `our-lab/first`?" in said.err


def test_a_hub_that_fails(magpie, fake_run, online):
    online.refuse["/api/repos/create"] = 500
    said = magpie("push", fake_run, "me/first")
    assert said.code == 10
    assert "same command again" in said.err


def test_no_hub_at_all(magpie, fake_run, online, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    said = magpie("push", fake_run, "me/first")
    assert said.code == 10
    assert "cannot be reached" in said.err


def test_offline_is_said(magpie, fake_run):
    said = magpie("push", fake_run, "me/first")
    assert said.code == 10
    assert "HF_HUB_OFFLINE" in said.err


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("first", "YOUR-NAME/first"),
        ("me/a b", "me/a-b"),
        ("https://huggingface.co/datasets/me/x", "me/x"),
        ("me/x--y", "me/x-y"),
        ("me/-x.git", "me/x"),
    ],
)
def test_a_name_the_hub_would_refuse(magpie, fake_run, name, meant):
    said = magpie("push", fake_run, name, "--dry-run")
    assert said.code == 2
    assert f"did you mean `{meant}`?" in said.err


def test_a_folder_instead_of_the_hub(magpie, fake_run, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    said = magpie("push", fake_run, "me/first", "--to-folder", tmp_path / "out")
    assert said.code == 0, said.err
    assert 'load_dataset("me/first")' in (tmp_path / "out" / "README.md").read_text()


def test_nowhere_to_go(magpie, fake_run):
    said = magpie("push", fake_run)
    assert said.code == 2
    assert "--to-folder" in said.err
