"""Read what a visitor asks of the catalogue from the address."""

from collections.abc import Mapping

from pdn_marketplace.catalog.service import Query

MAX_TEXT = 200
MEMBERS = (
    "q",
    "system",
    "type",
    "technology",
    "maintainer",
    "licence",
    "conformance",
    "verified",
    "cursor",
)


def read_query(args: Mapping[str, str]) -> Query:
    """Turn the parameters of an address into a query; unknown ones are ignored."""
    asked = {name: args.get(name, "").strip()[:MAX_TEXT] for name in MEMBERS}
    return Query(
        **asked,
        official=args.get("official", "").lower() in {"true", "1"},
        sort=args.get("sort", "") or "oficial",
    )


def write_query(query: Query, **changes: str) -> dict[str, str]:
    """Give the parameters that name a query, the shortest way.

    A change of any filter goes back to the first page.
    """
    told = {name: getattr(query, name) for name in MEMBERS if name != "cursor"}
    told["official"] = "true" if query.official else ""
    told["sort"] = "" if query.sort == "oficial" else query.sort
    told |= changes
    return {name: value for name, value in told.items() if value}
