"""Chat templates are programs of strangers: they render in the sandbox of transformers, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

WRAP = (
    "{{% for m in messages %}}<|start_header_id|>{{{{ m.role }}}}<|end_header_id|>\n\n{{{{ m.content }}}}"
    "<|eot_id|>{{% endfor %}}{{% if add_generation_prompt %}}<|start_header_id|>assistant<|end_header_id|>"
    "\n\n{{% endif %}}{}"
)
HOSTILE = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ messages.__class__.__base__ }}",
    "{{ raise_exception.__globals__['os'].system('touch MARK') }}",
    "{{ cycler.__init__.__globals__.os.popen('touch MARK').read() }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ messages.append({'role': 'user', 'content': 'more'}) }}",
    "{{ messages[0].update({'content': 'changed'}) }}",
    "{{ ('%s' | attr('__class__')).__name__ }}",
    "{{ '{0.__class__.__mro__}'.format(1) }}",
    "{{ strftime_now.__globals__.os }}",
    "{% for i in range(1000000000) %}x{% endfor %}",
    "{% include 'secrets.txt' %}",
    "{% import 'os' as os %}",
    "{{ open('run.toml').read() }}",
    "{{ self.__init__.__globals__ }}",
]


@pytest.mark.parametrize("attack", HOSTILE)
@pytest.mark.parametrize("command", ["run", "probe"])
def test_a_hostile_template_is_refused(
    magpie, checkpoint, copy_of, tmp_path, monkeypatch, attack, command
):
    monkeypatch.chdir(tmp_path)
    odd = copy_of(
        checkpoint, tmp_path / "odd", WRAP.format(attack.replace("MARK", str(tmp_path / "mark")))
    )
    if command == "run":
        said = magpie(
            "run", "--checkpoint", odd, "--backend", "fake", "-n", "1", "-o", tmp_path / "r"
        )
    else:
        said = magpie("probe", odd)
    assert said.code == 4, said.err + said.out
    assert "chat template" in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "mark").exists()
    assert not (tmp_path / "r").exists()
    for leaked in ("subprocess.Popen", "<module 'os'", "object at 0x"):
        assert leaked not in said.err + said.out


def test_the_same_template_without_the_attack_renders(magpie, checkpoint, copy_of, tmp_path):
    """Else the tests above could not fail."""
    good = copy_of(checkpoint, tmp_path / "good", WRAP.format(""))
    said = magpie("probe", good, "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["pre_query"].startswith("<|start_header_id|>user")


def test_nobody_else_renders_what_strangers_wrote():
    """The report and ``magpie new`` render files of their own; a template that comes as text is somebody else's."""
    root = Path(__file__).parents[2]
    sources = [*root.glob("magpie_core/**/*.py"), *root.glob("*/*/src/**/*.py")]
    assert len(sources) > 200
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert ".from_string(" not in text, path
        assert "jinja2.Template" not in text, path
        assert "jinja2 import Template" not in text, path
