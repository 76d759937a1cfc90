"""``magpie probe``: show and check a checkpoint's prompts, without its weights."""

from __future__ import annotations

from typing import Any

import click

from magpie_core.cli.options import build_recipe, thinking_option
from magpie_core.errors import UsageError

EXAMPLES = """
\b
Examples:
  magpie probe tiny
  magpie probe Qwen/Qwen2.5-7B-Instruct --json
  magpie probe ./my-model --family llama3.1 --form default
  magpie probe ./my-model --as-family --name parrot > parrot.py
"""


@click.command(name="probe", epilog=EXAMPLES)
@click.argument("checkpoint")
@click.option("--family", metavar="NAME", help="Compare with this family; guessed otherwise.")
@click.option("--format", metavar="derived|registered", help="Chat format to use.")
@click.option("--form", metavar="default|bare", help="Pre-query with or without default system.")
@click.option("--date", metavar="TEXT", help="`date_string` for templates with a date.")
@thinking_option
@click.option(
    "--trust-remote-code/--no-trust-remote-code", default=None, help="Run the checkpoint's code."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--as-family", is_flag=True, help="Print the derived facts as Python, for an adapter."
)
@click.option("--name", metavar="NAME", help="With --as-family: what the family is called.")
def command(as_json: bool, as_family: bool, name: str | None, **flags: Any) -> None:
    """Show the pieces of CHECKPOINT's chat template, its prompts as token ids, and whether they hold."""
    recipe = build_recipe(None, {**flags, "backend": "fake"})
    if as_family:
        from magpie_core.cli.as_family import print_family

        print_family(recipe, name=name, as_json=as_json)
        return
    if name is not None:
        raise UsageError(
            "--name says what --as-family calls the family",
            hint=f"magpie probe {flags['checkpoint']} --as-family --name {name}",
        )
    import msgspec

    from magpie_core.cli.console import print_json, stdout, visible
    from magpie_core.cli.load import plugins_with_warnings
    from magpie_core.plan import make_plan
    from magpie_core.preflight.probe import probe

    plan = make_plan(recipe, plugins_with_warnings())
    found = probe(plan.instruction)
    answers = plan.response.chat
    asked = {"thinking": answers.thinking, "answer_opening": answers.answering().user_to_assistant}
    console = stdout()
    if as_json:
        document = {**msgspec.to_builtins(found), **asked, "notices": list(plan.notices)}
        print_json(document, indent=2)
    else:
        for name in found.__struct_fields__:
            value = getattr(found, name)
            if name not in ("checks", "problems"):
                console.print(f"{name:26} {visible(_shown(value))}")
        for name, value in asked.items():
            console.print(f"{name:26} {visible(_shown(value))}")
        console.print("\nchecks:")
        for check in found.checks:
            console.print(visible(f"  {check.state:5} {check.name}: {check.detail}"))
        for notice in plan.notices:
            console.print(visible(f"note: {notice}"))
    if found.problems:
        raise SystemExit(7)


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)
