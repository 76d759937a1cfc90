"""What an engine is asked in a steered run. Fake engine, real prompts."""

from __future__ import annotations

import pytest

from magpie_core.backend import EngineSettings
from magpie_core.builtin.fake import FakeBackend
from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.contents import contents
from magpie_core.run.folder import RunFolder
from magpie_core.run.recipe import parse_recipe
from magpie_core.steps.generate import Generation


class Listening(FakeBackend):
    """Keeps every prompt."""

    async def complete(self, prompt, sampling, n=1):
        self.__dict__.setdefault("prompts", []).append(list(prompt))
        return await super().complete(prompt, sampling, n)


@pytest.mark.parametrize("own", [None, "Be brief."])
async def test_instructions_are_asked_for_under_the_prompt_and_responses_are_not(
    checkpoint, tmp_path, own
):
    recipe = parse_recipe("[control]\ntasks = 'math'\n[run]\nbackend = 'fake'\nn = 5")
    recipe.run.checkpoint, recipe.run.system = checkpoint, own
    plugins = load_plugins()
    plan = make_plan(recipe, plugins)
    backend = await Listening.open(EngineSettings(checkpoint=plan.instruction.checkpoint.path))
    with RunFolder.create(tmp_path / "r", contents(plan, plugins, {})) as folder:
        await Generation(plan, folder, backend).run()
        records = list(folder.records())
    texts = [plan.instruction.checkpoint.tokenizer.decode(ids) for ids in backend.prompts]
    asked = [one for one in texts if one.endswith("user<|end_header_id|>\n\n")]
    answered = [one for one in texts if one.endswith("assistant<|end_header_id|>\n\n")]
    assert len(asked) + len(answered) == len(texts)
    assert len(asked) >= len(answered) >= 5
    assert all("a question of mathematics" in one for one in asked)
    assert not any("a question of mathematics" in one for one in answered)
    assert all(("Be brief." in one) is (own is not None) for one in texts)
    assert {one.system for one in records} == {own}
