"""Help of a command with so many options that they need headings."""

import re
from collections.abc import Mapping
from typing import Any

import click

_RANGE = re.compile(r"  \[[^\[]*x[<>]?=?[^\[]*\]$")


class Sectioned(click.Command):
    """A command whose options are listed under headings.

    `sections` gives the heading that begins at an option, by its name.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - click's own
        sections: Mapping[str, str],
        **kwargs: Any,  # noqa: ANN401 - click's own
    ) -> None:
        super().__init__(*args, **kwargs)
        self._sections = sections

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the options under their headings."""
        found: dict[str, list[tuple[str, str]]] = {}
        heading = ""
        for option in self.get_params(ctx):
            heading = self._sections.get(option.name or "", heading)
            record = option.get_help_record(ctx)
            if record and not isinstance(option, click.Argument):
                told = _RANGE.sub("", record[1])
                found.setdefault(heading, []).append((record[0], told))
        for name, records in found.items():
            with formatter.section(name):
                formatter.write_dl(records, col_max=26)
