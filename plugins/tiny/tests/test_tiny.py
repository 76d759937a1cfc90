"""The corpus, the tokenizer, the shipped checkpoint, and what it writes from nothing."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import magpie_tiny
from tiny_training.chat import BEGIN_ID, PRE_QUERY, SPECIAL_TOKENS, STOP_IDS, render
from tiny_training.check import Verdict, judge, understand
from tiny_training.expectations import LastNumber
from tiny_training.generator import Generator, is_held_out, training_conversation
from tiny_training.task import Task
from tiny_training.tasks import CATEGORIES, TASKS

TWELVE = {
    "Advice seeking",
    "Brainstorming",
    "Coding & Debugging",
    "Creative writing",
    "Data analysis",
    "Editing",
    "Information seeking",
    "Math",
    "Others",
    "Planning",
    "Reasoning",
    "Role playing",
}
PACKAGE = Path(magpie_tiny.__file__).parent
LARGEST = 12 * 1000 * 1000


def conversations(seed: int, count: int) -> list[list[dict[str, str]]]:
    generator = Generator(seed)
    return [generator.conversation().messages() for _ in range(count)]


class TestCorpus:
    def test_same_seed_same_corpus(self):
        assert conversations(3, 200) == conversations(3, 200)

    def test_another_seed_another_corpus(self):
        first = {str(messages) for messages in conversations(3, 200)}
        second = {str(messages) for messages in conversations(4, 200)}
        assert len(first & second) < 20

    def test_all_twelve_categories(self):
        generator = Generator(0)
        seen = Counter(generator.turn().task.category for _ in range(3000))
        assert set(seen) == TWELVE == set(CATEGORIES)
        assert min(seen.values()) > 30

    def test_has_system_prompts_later_turns_and_three_languages(self):
        generator = Generator(0)
        drawn = [generator.conversation() for _ in range(1000)]
        assert 60 < sum(c.system is not None for c in drawn) < 200
        assert 100 < sum(len(c.turns) > 1 for c in drawn) < 350
        languages = Counter(c.turns[0].task.language for c in drawn)
        assert set(languages) == {"en", "es", "zh"}
        assert languages["en"] > 800

    def test_task_names_are_unique(self):
        assert len({task.name for task in TASKS}) == len(TASKS)

    def test_training_never_sees_held_out_instructions(self):
        generator = Generator(0)
        for _ in range(300):
            turns = training_conversation(generator, held_out=False).turns
            assert not any(is_held_out(t.instruction) for t in turns if not t.depends)
        turns = training_conversation(generator, held_out=True).turns
        assert any(is_held_out(t.instruction) for t in turns)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
class TestEveryTask:
    def test_reads_its_own_instructions_and_judges_its_answers_right(self, task: Task):
        for seed in range(30):
            turn = Generator(seed).turn(task)
            readings = understand(turn.instruction)
            assert task in [r.task for r in readings if r.well_posed], turn.instruction
            assert judge(turn.instruction, turn.answer)[0] is Verdict.RIGHT, turn
            assert turn.expected(turn.answer), turn

    def test_judges_other_answers_wrong(self, task: Task):
        for seed in range(10):
            turn = Generator(seed).turn(task)
            wrong = ["", "I do not know.", turn.instruction]
            if isinstance(turn.expected, LastNumber):
                shifted = turn.answer.translate(str.maketrans("0123456789", "1234567890"))
                wrong.append(shifted)
            for answer in wrong:
                assert judge(turn.instruction, answer)[0] is Verdict.WRONG, (turn, answer)


class TestCheck:
    def test_answers_to_other_values_of_a_task_are_wrong(self):
        accepted = total = 0
        for task in TASKS:
            for seed in range(10):
                turn, other = Generator(seed).turn(task), Generator(seed + 1000).turn(task)
                if turn.answer != other.answer:
                    total += 1
                    accepted += judge(turn.instruction, other.answer)[0] is Verdict.RIGHT
        assert total > 1000
        assert accepted / total < 0.05

    @pytest.mark.parametrize(
        ("instruction", "answer", "verdict"),
        [
            ("What is 12 plus 30?", "12 + 30 = 42.", Verdict.RIGHT),
            ("What is 12 plus 30?", "12 + 30 = 43.", Verdict.WRONG),
            ("Hi, I am Rosa. What is 12 plus 30? Thanks!", "It is 42.", Verdict.RIGHT),
            ("What is 12 plus 30? Give only the answer.", "42", Verdict.RIGHT),
            ("What is 12 plus 30? Give only the answer.", "12 + 30 = 42.", Verdict.WRONG),
            ("What is 12 minus 30?", "-18", Verdict.ILL_POSED),
            ("What is the capital of Japan?", "The capital of Japan is Tokyo.", Verdict.RIGHT),
            ("What is the capital of Japan?", "The capital of Japan is Kyoto.", Verdict.WRONG),
            ("法国的首都是哪里？", "法国的首都是巴黎。", Verdict.RIGHT),
            ("Which of these is the best?", "The first one.", Verdict.UNKNOWN),
        ],
    )
    def test_verdicts(self, instruction: str, answer: str, verdict: Verdict):
        assert judge(instruction, answer)[0] is verdict


class TestPackage:
    def test_offers_the_model(self):
        (model,) = magpie_tiny.magpie_register_models()
        assert (model.name, model.family, model.embedded) == ("tiny", "llama3", True)
        assert Path(model.path) == magpie_tiny.CHECKPOINT

    def test_import_is_light(self):
        code = "import sys, magpie_tiny; sys.exit('torch' in sys.modules)"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=PACKAGE.parent)

    def test_fits_into_a_small_wheel(self):
        files = [p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
        assert sum(path.stat().st_size for path in files) < LARGEST

    def test_checkpoint_has_what_is_needed_and_nothing_else(self):
        assert {path.name for path in magpie_tiny.CHECKPOINT.iterdir()} == {
            "config.json",
            "generation_config.json",
            "model.safetensors",
            "tokenizer.json",
            "tokenizer_config.json",
        }

    def test_both_major_versions_of_transformers_can_load_it(self):
        config = json.loads((magpie_tiny.CHECKPOINT / "config.json").read_text())
        assert config["architectures"] == ["LlamaForCausalLM"]
        # transformers 4 reads the first two, transformers 5 the others
        assert config["torch_dtype"] == config["dtype"] == "bfloat16"
        assert config["rope_theta"] == config["rope_parameters"]["rope_theta"]
        tokenizer = json.loads((magpie_tiny.CHECKPOINT / "tokenizer_config.json").read_text())
        assert tokenizer["tokenizer_class"] == "PreTrainedTokenizerFast"
        assert "chat_template" in tokenizer


@pytest.fixture(scope="module")
def tokenizer():
    transformers = pytest.importorskip("transformers")
    return transformers.AutoTokenizer.from_pretrained(magpie_tiny.CHECKPOINT)


class TestTokenizer:
    def test_round_trip(self, tokenizer):
        for messages in conversations(5, 300):
            text = render(messages)
            ids = tokenizer.encode(text, add_special_tokens=False)
            assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == text

    def test_any_text_survives(self, tokenizer):
        text = "Grüße, 世界! \t 𝛑 ≈ 3.14159\n\n```c\nint x;\n```"
        assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text

    def test_chat_template_writes_what_training_rendered(self, tokenizer):
        for messages in conversations(6, 50):
            assert tokenizer.apply_chat_template(messages, tokenize=False) == render(messages)

    def test_pre_query_is_a_token_prefix(self, tokenizer):
        prefix = tokenizer.encode(PRE_QUERY, add_special_tokens=False)
        assert prefix[0] == BEGIN_ID
        assert prefix.count(BEGIN_ID) == 1
        for text in ("Hello", "¿Qué?", "你好", "12 + 3 = ?"):
            ids = tokenizer.encode(PRE_QUERY + text, add_special_tokens=False)
            assert ids[: len(prefix)] == prefix

    def test_special_tokens_are_the_first_ids(self, tokenizer):
        assert tokenizer.convert_tokens_to_ids(SPECIAL_TOKENS) == list(range(16))
        assert len(tokenizer) == 3072
        assert tokenizer.convert_ids_to_tokens(STOP_IDS) == [
            "<|eot_id|>",
            "<|end_of_text|>",
            "<|eom_id|>",
        ]

    def test_plain_call_adds_one_bos_like_llama_3(self, tokenizer):
        assert tokenizer("Hello")["input_ids"].count(BEGIN_ID) == 1
        assert BEGIN_ID not in tokenizer("Hello", add_special_tokens=False)["input_ids"]


@pytest.fixture(scope="module")
def sampler():
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tiny_training.sampling import Sampler

    # Matrices this small gain nothing from threads, which wait for each other on a busy machine.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield Sampler(magpie_tiny.CHECKPOINT)
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def instructions(sampler) -> list[str | None]:
    return sampler.instructions(120, seed=1)


@pytest.mark.engine
class TestModel:
    """The lower bounds leave room for another machine's rounding; the model card has the figures."""

    def test_instructions_end_by_themselves(self, instructions):
        assert sum(text is not None for text in instructions) >= 0.98 * len(instructions)

    def test_instructions_are_well_formed(self, instructions):
        readings = [understand(text) for text in instructions if text]
        well_formed = sum(bool(r) and r[0].well_posed for r in readings)
        assert well_formed >= 0.85 * len(instructions)

    def test_instructions_differ(self, instructions):
        assert len(set(instructions)) >= 0.8 * len(instructions)

    def test_instructions_are_of_many_categories(self, instructions):
        readings = [understand(text) for text in instructions if text]
        assert len({r[0].task.category for r in readings if r}) >= 9

    def test_answers_are_right_far_above_chance(self, sampler, instructions):
        texts = [text for text in instructions if text]
        verdicts = Counter(
            judge(text, answer or "")[0]
            for text, answer in zip(texts, sampler.answers(texts), strict=True)
        )
        judged = verdicts[Verdict.RIGHT] + verdicts[Verdict.WRONG]
        assert verdicts[Verdict.RIGHT] >= 0.75 * judged

    def test_same_seed_same_instructions(self, sampler):
        assert sampler.instructions(8, seed=5) == sampler.instructions(8, seed=5)
