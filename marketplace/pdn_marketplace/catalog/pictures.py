"""The addresses of the pictures of a resource: all of this site."""

from flask import url_for

from pdn_marketplace.catalog.models import Resource


def cover_address(row: Resource, *, is_full: bool = False) -> str:
    """Give the address of a resource's cover: its own, or the one that is drawn."""
    for own in row.pictures_of("cover"):
        return url_for("pictures.show", name=own["name"], _external=is_full)
    systems = "-".join(s.system for s in row.systems)
    return url_for("catalog.cover", kind=row.type, systems=systems, _external=is_full)


def shots(row: Resource) -> list[dict[str, str]]:
    """Give the screenshots of a resource: address, and what each one shows."""
    return [
        {
            "url": url_for("pictures.show", name=each["name"], _external=True),
            "alt": each["alt"],
        }
        for each in row.pictures_of("screenshot")
    ]
