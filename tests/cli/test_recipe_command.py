"""``magpie recipe`` from the outside: what it writes, what it says, what it refuses."""

from __future__ import annotations

import json

import pytest
import yaml

from magpie_core.training.trainers import TRAINERS

SFT = ("--stage", "sft", "--base", "tiny")


@pytest.fixture
def talk(tmp_path):
    """Three conversations, one of them longer, and a record that nobody answered."""
    one = [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}]
    rows = [
        {"messages": one},
        {"messages": [{"role": "system", "content": "Be kind."}, *one]},
        {"messages": [*one, *one]},
        {"messages": one[:1]},
    ]
    path = tmp_path / "talk.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def settings(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("trainer", TRAINERS)
def test_of_a_run(magpie, fake_run, trainer):
    said = magpie("recipe", fake_run, "--trainer", trainer, *SFT)
    assert said.code == 0, said.err
    folder = fake_run / "recipes"
    assert f"cd {folder}" in said.out
    assert "12 rows" in said.out
    assert "32 sequences a step = 1 x 32 x 1, at most 1 steps" in said.out
    assert "max" not in said.err
    config = (folder / f"{trainer}-sft.yaml").read_text()
    assert "learning_rate: 2.0e-05" in config
    assert str(fake_run) not in config, "paths are relative, so that the folder can be moved"
    rows = (folder / "data/messages/train.jsonl").read_text().splitlines()
    assert len(rows) == 12
    assert (folder / "chat_template.jinja").exists() == (trainer in ("axolotl", "trl"))


def test_the_same_again_changes_nothing(magpie, fake_run):
    call = ("recipe", fake_run, "--trainer", "trl", *SFT)
    assert magpie(*call).code == 0
    before = {path: path.stat().st_mtime_ns for path in fake_run.glob("recipes/**/*.*")}
    said = magpie(*call)
    assert said.code == 0, said.err
    assert said.out.count("(as it was)") == 3
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_other_contents_are_never_replaced_unasked(magpie, fake_run):
    call = ("recipe", fake_run, "--trainer", "axolotl", *SFT)
    assert magpie(*call).code == 0
    config = fake_run / "recipes/axolotl-sft.yaml"
    mine = config.read_text() + "# mine\n"
    config.write_text(mine)
    said = magpie(*call)
    assert said.code == 2
    assert "axolotl-sft.yaml` exists and says something else" in said.err
    assert "--overwrite" in said.err
    assert config.read_text() == mine
    said = magpie(*call, "--overwrite")
    assert said.code == 0
    assert "axolotl-sft.yaml (replaced)" in said.out
    assert "# mine" not in config.read_text()


def test_data_that_say_something_else_are_not_replaced_either(magpie, talk):
    call = ("recipe", talk, "--trainer", "axolotl", *SFT)
    assert magpie(*call).code == 0
    data = talk.with_name("talk.jsonl.magpie") / "recipes/data/messages/train.jsonl"
    data.write_text("{}\n")
    said = magpie(*call)
    assert said.code == 2
    assert "train.jsonl` exists and says something else" in said.err
    assert data.read_text() == "{}\n"
    assert not [path for path in data.parent.iterdir() if path != data], "nothing is left behind"


def test_rows_without_an_answer_are_left_out_and_said(magpie, talk):
    said = magpie("recipe", talk, "--trainer", "trl", *SFT)
    assert said.code == 0, said.err
    assert "3 rows, 1 of several turns (1 records left out)" in said.out


def test_a_file_that_is_as_the_trainer_reads_it_stays_where_it_is(magpie, tmp_path, talk):
    whole = tmp_path / "whole.jsonl"
    whole.write_text("".join(talk.read_text().splitlines(keepends=True)[:3]))
    out = tmp_path / "there/mine.yaml"
    assert magpie("recipe", whole, "--trainer", "trl", *SFT, "--out", out).code == 0
    assert settings(out)["datasets"][0]["data_files"] == str(whole)
    assert sorted(path.name for path in out.parent.iterdir()) == [
        "chat_template.jinja",
        "mine.yaml",
    ]
    assert settings(out)["output_dir"] == "outputs/mine"


def test_dry_run_prints_the_configuration_and_writes_nothing(magpie, fake_run):
    said = magpie("recipe", fake_run, "--trainer", "axolotl", *SFT, "--dry-run")
    assert said.code == 0
    assert yaml.safe_load(said.out)["micro_batch_size"] == 1
    assert not (fake_run / "recipes").exists()


def test_quiet_says_nothing(magpie, fake_run):
    said = magpie("recipe", fake_run, "--trainer", "trl", *SFT, "-q")
    assert (said.code, said.out, said.err) == (0, "", "")


def test_json(magpie, fake_run):
    said = magpie("recipe", fake_run, "--trainer", "trl", *SFT, "--gpus", 4, "--json")
    stage = json.loads(said.out)["stages"]["sft"]
    assert stage["batch"] == {"micro": 1, "accumulation": 8, "devices": 4, "effective": 32}
    assert (stage["rows"], stage["end_token"]) == (12, "<|eot_id|>")
    assert stage["settings"] == settings(fake_run / "recipes/trl-sft.yaml")


def test_numbers_in_place_of_the_published_ones(magpie, fake_run):
    numbers = ("--epochs", 3, "--learning-rate", 1e-4, "--max-length", 512, "--gpus", 8)
    assert magpie("recipe", fake_run, "--trainer", "axolotl", *SFT, *numbers).code == 0
    found = settings(fake_run / "recipes/axolotl-sft.yaml")
    assert (found["num_epochs"], found["learning_rate"], found["sequence_len"]) == (3, 1e-4, 512)
    assert found["gradient_accumulation_steps"] == 4


def test_no_sequence_is_longer_than_the_checkpoint_reads(magpie, fake_run):
    said = magpie("recipe", fake_run, "--trainer", "axolotl", *SFT)
    assert "note: sequences have 1,024 tokens at most" in said.err
    assert settings(fake_run / "recipes/axolotl-sft.yaml")["sequence_len"] == 1024


def test_gpus_that_make_no_such_step_are_named(magpie, fake_run):
    said = magpie("recipe", fake_run, "--trainer", "trl", *SFT, "--gpus", 3)
    assert "note: 3 GPUs make no step of 32 sequences, but 33: 1 x 11 x 3" in said.err


def test_a_selection(magpie, fake_run):
    pytest.importorskip("duckdb")
    assert magpie("select", fake_run, "--sample", 5, "--as", "few").code == 0
    said = magpie("recipe", fake_run, "--trainer", "trl", *SFT, "--selection", "few")
    assert said.code == 0, said.err
    data = fake_run / "recipes/data/messages-few/train.jsonl"
    assert len(data.read_text().splitlines()) == 5
    assert settings(fake_run / "recipes/trl-sft.yaml")["datasets"][0]["data_files"] == (
        "data/messages-few/train.jsonl"
    )


def test_two_stages(magpie, tmp_path, pairs_in_folder):
    _, pairs = pairs_in_folder
    call = ("recipe", pairs, "--trainer", "llama-factory", "--stage", "two-stage", "--base", "tiny")
    said = magpie(*call, "--chat-template", "llama3")
    assert said.code == 0, said.err
    folder = tmp_path / "pairs.jsonl.magpie/recipes"
    sft, dpo = (settings(folder / f"llama-factory-{one}.yaml") for one in ("sft", "dpo"))
    assert dpo["model_name_or_path"] == sft["output_dir"]
    assert dpo["cutoff_len"] == sft["cutoff_len"] == 1024
    assert set(json.loads((folder / "dataset_info.json").read_text())) == {
        "messages",
        "axolotl-preference",
    }
    readme = (folder / "README.md").read_text()
    for command in (
        "llamafactory-cli train llama-factory-sft.yaml",
        "llamafactory-cli train llama-factory-dpo.yaml",
    ):
        assert command in readme
        assert command in said.out


@pytest.mark.parametrize("trainer", TRAINERS)
def test_both_stages_are_in_the_format_of_the_base_where_nothing_else_says(
    magpie, pairs_in_folder, trainer
):
    folder, pairs = pairs_in_folder
    call = ("--trainer", trainer, "--stage", "two-stage", "--base", "tiny", "--json")
    said = magpie("recipe", pairs, *call)
    assert said.code == 0, said.err
    stages = json.loads(said.out)["stages"]
    assert stages["sft"]["chat_format"] == stages["dpo"]["chat_format"]
    assert stages["dpo"]["base"] == f"outputs/{trainer}-sft"
    assert (folder / "README.md").read_text().count("```bash") == 2


def test_in_which_format_is_asked_where_nothing_says_it(magpie, pairs_in_folder):
    _, pairs = pairs_in_folder
    call = ("--trainer", "axolotl", "--stage", "sft", "--base", "somebody/model-of-theirs")
    said = magpie("recipe", pairs, *call)
    assert said.code == 2
    assert "in which chat format?" in said.err
    assert "cannot be looked at here" in said.err
    assert "--chat-template chatml" in said.err


def test_preferences_follow_the_fine_tuning_of_the_same_trainer(magpie, pairs_in_folder):
    folder, source = pairs_in_folder
    said = magpie("recipe", source, "--trainer", "trl", "--stage", "dpo")
    assert said.code == 2
    assert "fine-tuned" in said.err
    call = ("recipe", source, "--trainer", "trl", "--chat-template", "llama3")
    assert magpie(*call, *SFT).code == 0
    said = magpie(*call, "--stage", "dpo")
    assert said.code == 0, said.err
    assert "note: trained is what trl-sft.yaml makes" in said.err
    assert settings(folder / "trl-dpo.yaml")["model_name_or_path"] == "outputs/trl-sft"


@pytest.fixture
def pairs_in_folder(tmp_path):
    source = tmp_path / "pairs.jsonl"
    row = {"instruction": "Hi?", "response": "Hello.", "chosen": "Hello.", "rejected": "No."}
    source.write_text(json.dumps(row) + "\n")
    return tmp_path / "pairs.jsonl.magpie/recipes", source


def test_the_base_follows_from_a_name_that_says_it(magpie, fake_run):
    manifest = fake_run / "run.toml"
    text = manifest.read_text()
    assert text.count('checkpoint = "') >= 2
    named = "meta-llama/Llama-3.1-8B-Instruct"
    lines = [
        f'checkpoint = "{named}"' if line.startswith('checkpoint = "') else line
        for line in text.splitlines()
    ]
    manifest.write_text("\n".join(lines) + "\n")
    said = magpie("recipe", fake_run, "--trainer", "axolotl", "--stage", "sft")
    assert said.code == 0, said.err
    assert "note: trained is `meta-llama/Llama-3.1-8B`, by its name the base of" in said.err
    assert "was not looked at" in said.err, "no network here"
    assert (
        settings(fake_run / "recipes/axolotl-sft.yaml")["base_model"] == "meta-llama/Llama-3.1-8B"
    )


@pytest.mark.parametrize(
    ("call", "message", "hint"),
    [
        ((), "which stage?", "--stage sft"),
        (("--stage", "sft"), "which trainer?", "--trainer axolotl"),
        (("--stage", "sff", "--trainer", "trl"), "unknown stage `sff`", "did you mean `sft`?"),
        (("--stage", "sft", "--trainer", "axolot"), "unknown trainer `axolot`", "did you mean `axolotl`?"),
        (("--preset", "llama3.1-8b"), "unknown preset `llama3.1-8b`", "did you mean `llama-3.1-8b`?"),
        (("--stage", "sft", "--trainer", "trl"), "which checkpoint is trained?", "--base"),
        (("--trainer", "trl", *SFT, "--epochs", 0), "--epochs `0` trains nothing", "above 0"),
        (
            ("--trainer", "trl", "--stage", "two-stage", "--epochs", 2),
            "--epochs of which stage?",
            "--stage sft, then --stage dpo",
        ),
        (
            ("--trainer", "trl", "--stage", "dpo", "--base", "tiny"),
            "none of 12 records has a pair",
            "magpie prefer",
        ),
        (("--trainer", "trl", *SFT, "--selection", "none"), "no selection `none`", "magpie select"),
        (
            ("--trainer", "trl", "--stage", "dpo", "--base", "tiny", "--preferences", "x"),
            "no preferences `x`",
            "magpie prefer",
        ),
        (
            ("--trainer", "trl", *SFT, "--chat-template", "chatml"),
            "has no `<|im_start|>`, `<|im_end|>`",
            "--trainer axolotl",
        ),
        (("--trainer", "trl", *SFT, "--chat-template", "lama3"), "unknown family `lama3`", "llama3"),
        (("--trainer", "trl", *SFT, "--out", "."), "`.` is a folder", "trl-sft.yaml"),
    ],
)  # fmt: skip
def test_what_is_refused(magpie, fake_run, call, message, hint):
    said = magpie("recipe", fake_run, *call)
    assert said.code == 2, said.err
    first, _, last = said.err.partition("hint:")
    assert message in first
    assert hint in last
    assert not (fake_run / "recipes").exists()


def test_a_base_that_is_not_there_is_an_error_not_a_note(magpie, fake_run):
    call = ("recipe", fake_run, "--trainer", "trl", "--stage", "sft", "--base", "./nowhere/base")
    said = magpie(*call)
    assert said.code == 4
    assert "`./nowhere/base` does not exist" in said.err
    assert not (fake_run / "recipes").exists()


def test_nothing_to_train_on(magpie):
    said = magpie("recipe", "--trainer", "trl", "--stage", "sft")
    assert said.code == 2
    assert "train on what?" in said.err


def test_missing_tokens_are_added_where_the_trainer_can(magpie, fake_run):
    call = (*SFT, "--chat-template", "chatml")
    said = magpie("recipe", fake_run, "--trainer", "axolotl", *call)
    assert said.code == 0, said.err
    assert "tokens are added" in said.err
    found = settings(fake_run / "recipes/axolotl-sft.yaml")
    assert found["tokens"] == ["<|im_start|>", "<|im_end|>"]
    assert found["special_tokens"]["eos_token"] == "<|im_end|>"
    assert magpie("recipe", fake_run, "--trainer", "llama-factory", *call).code == 0
    found = settings(fake_run / "recipes/llama-factory-sft.yaml")
    assert found["add_special_tokens"] == "<|im_start|>,<|im_end|>"
    assert (found["template"], found["resize_vocab"]) == ("chatml", True)


def test_system_prompts_need_a_place(magpie, talk):
    call = ("recipe", talk, "--trainer", "axolotl", *SFT, "--chat-template")
    said = magpie(*call, "gemma2")
    assert said.code == 2
    assert "1 of 3 rows have a system prompt, and this chat format has no place for one" in said.err


def test_a_trainers_own_template_adds_nothing_around_system_prompts(magpie, talk):
    """Llama 3.1 writes two lines with dates before them."""
    call = (*SFT, "--chat-template", "llama3.1", "--trainer")
    said = magpie("recipe", talk, *call, "llama-factory")
    assert "note: the system prompts of 1 rows are written without" in said.err
    assert "Cutting Knowledge Date" in said.err
    said = magpie("recipe", talk, *call, "axolotl")
    assert "written without" not in said.err


def test_a_template_file_is_used_as_it_is_where_it_marks_answers(magpie, tmp_path, fake_run):
    assert magpie("recipe", fake_run, "--trainer", "trl", *SFT).code == 0
    mine = tmp_path / "mine.jinja"
    mine.write_text((fake_run / "recipes/chat_template.jinja").read_text() + "{#- mine -#}")
    out = tmp_path / "there/trl.yaml"
    call = ("recipe", fake_run, "--trainer", "trl", *SFT, "--chat-template", mine, "--out", out)
    said = magpie(*call)
    assert said.code == 0, said.err
    assert "{#- mine -#}" in (out.parent / "chat_template.jinja").read_text()


def test_a_format_that_llama_factory_cannot_write(magpie, fake_run):
    call = ("--trainer", "llama-factory", *SFT, "--chat-template", "deepseek-coder")
    said = magpie("recipe", fake_run, *call)
    assert said.code == 2
    assert (
        "LLaMA-Factory has no template that writes conversations as this chat format does"
        in said.err
    )


def test_dpo_with_trl_needs_a_checkpoint_that_holds_a_template(
    magpie, tmp_path, checkpoint, copy_of, pairs_in_folder
):
    base = copy_of(checkpoint, tmp_path / "base", None)
    _, source = pairs_in_folder
    call = ("--stage", "dpo", "--base", base, "--chat-template", "llama3")
    said = magpie("recipe", source, "--trainer", "trl", *call)
    assert said.code == 2
    assert "has no chat template, and TRL takes none in this stage" in said.err
    assert magpie("recipe", source, "--trainer", "axolotl", *call).code == 0


def test_the_list(magpie):
    said = magpie("recipe", "--list")
    for name in (*TRAINERS, "llama-3.1-8b", "beta 0.01"):
        assert name in said.out
    document = json.loads(magpie("recipe", "--list", "--json").out)
    assert document["numbers"]["sft"]["learning_rate"] == 2e-5
    assert document["numbers"]["dpo"]["beta"] == 0.01


def test_a_damaged_row_is_named_once_and_passed_over(magpie, pairs_in_folder):
    _, pairs = pairs_in_folder
    pairs.write_text(pairs.read_text() + "{damaged\n")
    call = ("--trainer", "axolotl", "--stage", "two-stage", "--base", "tiny")
    said = magpie("recipe", pairs, *call)
    assert said.code == 0, said.err
    assert said.err.count("damaged line passed over") == 1
    assert "sft: 1 rows" in said.out


def test_a_file_without_answers(magpie, talk):
    talk.write_text(talk.read_text().splitlines()[-1])
    said = magpie("recipe", talk, "--trainer", "trl", *SFT)
    assert said.code == 2
    assert "none of 1 records has a response" in said.err
    assert "magpie import" in said.err
