"""A command whose ``--help`` lists its options under headings: many options, each easy to find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click


def sectioned(sections: Mapping[str, Sequence[str]]) -> type[click.Command]:
    """A class of commands with these headings.

    Args:
        sections: heading -> names of parameters, in order. An option in none of them comes last, under
            ``Options``.
    """

    class Sectioned(click.Command):
        def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            rows = {
                param.name: record
                for param in self.get_params(ctx)
                if isinstance(param, click.Option)
                and (record := param.get_help_record(ctx)) is not None
            }
            named = {heading: list(names) for heading, names in sections.items()}
            known = {name for names in named.values() for name in names}
            named["Options"] = [name for name in rows if name is not None and name not in known]
            for heading, names in named.items():
                if found := [rows[name] for name in names if name in rows]:
                    with formatter.section(heading):
                        formatter.write_dl(found)

    return Sectioned
