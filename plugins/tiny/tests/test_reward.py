"""The embedded model under a random reward head: what engines that score are compared with."""

import pytest

pytest.importorskip("torch")

from transformers import AutoTokenizer

from magpie_tiny.reward import expected_scores, reward_checkpoint


@pytest.mark.parametrize("labels", [1, 3])
def test_scores_differ_and_repeat(tmp_path, labels):
    folder = reward_checkpoint(tmp_path / "a", labels=labels)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    prompts = [tokenizer.encode(text) for text in ("Hi", "What is 2 plus 3?", "你好")]
    scores = expected_scores(folder, prompts)
    assert [len(one) for one in scores] == [labels] * 3
    assert len({one[0] for one in scores}) == 3
    assert all(0.01 < abs(value) < 10 for one in scores for value in one)
    again = reward_checkpoint(tmp_path / "b", labels=labels)
    assert expected_scores(again, prompts) == scores
