"""The help of every order fits a terminal and never falls back on English."""

from collections.abc import Iterator

import click
import pytest

from pdn_marketplace.cli import group as pdn_marketplace
from pdn_sdk.cli.main import group as pdn
from pdn_sdk.cli.main import speak_spanish


def orders(
    order: click.Command, parent: click.Context | None = None
) -> Iterator[tuple[click.Command, click.Context]]:
    context = click.Context(order, parent, info_name=order.name, terminal_width=80)
    yield order, context
    if isinstance(order, click.Group):
        for verb in order.list_commands(context):
            inner = order.get_command(context, verb)
            assert inner is not None
            yield from orders(inner, context)


@pytest.mark.parametrize("group", [pdn, pdn_marketplace], ids=["pdn", "marketplace"])
def test_help_of_every_order_is_whole_and_in_spanish(group):
    speak_spanish()
    for order, context in orders(group):
        help_ = order.get_help(context)
        assert not [line for line in help_.splitlines() if line.endswith("...")]
        for option in order.params:
            assert (
                option.metavar
                or option.is_flag
                or type(option.type)
                in {
                    click.Choice,
                    click.types.BoolParamType,
                }
            ), f"{context.command_path} {option.name} shows the name of its type"
