"""The addresses of the pictures of a resource: all of this site."""

from collections.abc import Sequence

from flask import url_for

from pdn_marketplace.catalog.cards import Card
from pdn_marketplace.catalog.models import Resource


def card_cover(card: Card) -> str:
    """Give the address of the cover that a list shows."""
    return _cover(card.cover, card.type, card.systems, is_full=False)


def cover_address(row: Resource, *, is_full: bool = False) -> str:
    """Give the address of a resource's cover: its own, or the one that is drawn."""
    own = next((str(p["name"]) for p in row.pictures_of("cover")), "")
    return _cover(own, row.type, [s.system for s in row.systems], is_full=is_full)


def shots(row: Resource) -> list[dict[str, str]]:
    """Give the screenshots of a resource: address, and what each one shows."""
    return [
        {
            "url": url_for("pictures.show", name=each["name"], _external=True),
            "alt": each["alt"],
        }
        for each in row.pictures_of("screenshot")
    ]


def _cover(own: str, kind: str, systems: Sequence[str], *, is_full: bool) -> str:
    if own:
        return url_for("pictures.show", name=own, _external=is_full)
    served = "-".join(systems)
    return url_for("catalog.cover", kind=kind, systems=served, _external=is_full)
