"""Loading plugins: one that breaks is named and switched off; names get a did-you-mean."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from magpie_core import UnknownNameError
from magpie_core.choices import pick
from magpie_core.known import ADAPTERS, KNOWN, install_hint
from magpie_core.plugins import load_plugins

PluginMaker = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginMaker:
    """Install a module as a distribution with an entry point, as pip would."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in [name for name in sys.modules if name.startswith("magpie_test_")]:
        monkeypatch.delitem(sys.modules, module)

    def install(name: str, code: str) -> None:
        module = f"magpie_{name.replace('-', '_')}"
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(code))
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: magpie-{name}\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(f"[magpie]\n{name} = {module}\n")

    return install


GOOD = """
    from magpie_core import NamedModel, hookimpl

    @hookimpl
    def magpie_register_models():
        return [NamedModel(name="{name}", path="/nowhere", family="chatml")]
"""


def state(name: str):
    plugins = load_plugins()
    plugins.models()
    return next(info for info in plugins.infos if info.name == name), plugins


def test_a_strangers_plugin_is_loaded(install):
    install("test-good", GOOD.format(name="mine"))
    info, plugins = state("test-good")
    assert (info.state, info.distribution, info.version) == ("loaded", "magpie-test-good", "1.0")
    assert plugins.models()["mine"].path == "/nowhere"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("raise RuntimeError('no such library')", "RuntimeError: no such library"),
        ("import a_module_that_is_not_there", "ModuleNotFoundError"),
        (
            """
            from magpie_core import hookimpl

            @hookimpl
            def magpie_register_famlies():
                return []
            """,
            "magpie_register_famlies",
        ),
        (
            """
            from magpie_core import hookimpl

            @hookimpl
            def magpie_register_models():
                return ["not a model"]
            """,
            "not NamedModel",
        ),
        (
            """
            from magpie_core import hookimpl

            @hookimpl
            def magpie_register_models():
                return 1 // 0
            """,
            "ZeroDivisionError",
        ),
    ],
    ids=["raises", "missing import", "misspelt hook", "wrong type", "raises in hook"],
)
def test_a_broken_plugin_is_named_and_the_others_go_on(install, code, problem):
    install("test-broken", code)
    install("test-good", GOOD.format(name="mine"))
    info, plugins = state("test-broken")
    assert info.state == "broken"
    assert problem in info.problem
    assert "mine" in plugins.models()


def test_a_plugin_that_breaks_in_its_hook_is_warned_of(install, magpie):
    install(
        "test-broken",
        """
        from magpie_core import hookimpl

        @hookimpl
        def magpie_register_filters():
            return None
        """,
    )
    said = magpie("families")
    assert said.code == 0
    assert "`test-broken` of magpie-test-broken 1.0 is broken" in said.err


def test_a_name_offered_twice_breaks_the_second_only(install):
    install("test-a", GOOD.format(name="mine"))
    install("test-b", GOOD.format(name="mine"))
    info, plugins = state("test-b")
    assert info.state == "broken"
    assert "`mine`" in info.problem
    assert "mine" in plugins.models()


def test_a_broken_plugin_can_be_switched_off(install, monkeypatch, magpie):
    install("test-broken", "raise RuntimeError('no such library')")
    said = magpie("families")
    assert said.code == 0
    assert "MAGPIE_DISABLE=test-broken" in said.err
    for name in ("test-broken", "magpie-test-broken"):
        monkeypatch.setenv("MAGPIE_DISABLE", name)
        assert state("test-broken")[0].state == "disabled"
        assert magpie("families").err == ""


@pytest.mark.parametrize(
    ("kind", "name", "message", "hint"),
    [
        (
            "backend",
            "fakee",
            "unknown backend `fakee` (installed: fake, real)",
            "did you mean `fake`?",
        ),
        ("backend", "vllm", "unknown backend `vllm`", "magpie-backend-vllm[engine]"),
        ("family", "gemma2", "unknown family `gemma2`", "pip install magpie-adapter-gemma"),
        ("format", "zzz", "unknown format `zzz`", None),
    ],
)
def test_unknown_names(kind, name, message, hint, monkeypatch):
    monkeypatch.setattr("magpie_core.choices.is_installed", lambda requirement: False)
    with pytest.raises(UnknownNameError) as error:
        pick(kind, name, {"fake": 1, "real": 2})
    assert message in error.value.message
    assert (error.value.hint is None) if hint is None else (hint in error.value.hint)


def test_what_is_installed_is_not_to_be_installed():
    with pytest.raises(UnknownNameError) as error:
        pick("family", "llama33.3", {"llama3.3": 1, "gemma2": 2})
    assert error.value.hint == "did you mean `llama3.3`?"


def test_names_that_are_equally_near():
    with pytest.raises(UnknownNameError) as error:
        pick("format", "form4", {"form1": 1, "form2": 2, "other": 3})
    assert error.value.hint == "did you mean `form1` or `form2`?"


def test_known_plugins_are_sorted():
    assert sorted(KNOWN) == list(KNOWN)
    assert sorted(ADAPTERS) == list(ADAPTERS)


def test_every_name_of_a_known_adapter_leads_to_it():
    plugins = load_plugins()
    missing = {
        name: install_hint("family", name)
        for family in plugins.families().values()
        if plugins.offers_family(family.name).distribution in dict(ADAPTERS)
        for name in (family.name, *family.aliases)
        if install_hint("family", name) != plugins.offers_family(family.name).distribution
    }
    assert not missing


def test_known_adapters_bring_what_is_said_of_them():
    plugins = load_plugins()
    brought: dict[str, set[str]] = {}
    for name in plugins.families():
        brought.setdefault(plugins.offers_family(name).distribution, set()).add(name)
    for distribution, families in ADAPTERS:
        assert list(families) == sorted(brought[distribution]), distribution
    offered_by_others = set(brought) - {name for name, _ in ADAPTERS} - {"magpie-core"}
    assert not {name for name in offered_by_others if name.startswith("magpie-adapter-")}
