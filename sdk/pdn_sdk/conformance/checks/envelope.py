"""What goes around the records, where a standard asks for more than the usual."""

from pdn_sdk.checking import Api, NotTriedError, check, expect
from pdn_sdk.conformance.checks.demands import as_json, listed, members
from pdn_sdk.standards.model import Dataset

NUMBERS = ("page", "pageSize", "totalRows", "hasNextPage")


@check("PAG-20")
def check_numbers_are_beside_pagination(api: Api, dataset: Dataset) -> None:
    """Los datos de la página están también fuera de «pagination», y son los mismos."""
    if not dataset.flat_pagination:
        raise NotTriedError("El estándar no pide esos datos dos veces.")
    answer = api.call({"page": 1, "pageSize": 2})
    body = members(answer)
    inside = body.get("pagination")
    pagination = inside if isinstance(inside, dict) else {}
    wrong = [n for n in NUMBERS if n not in body or body[n] != pagination.get(n)]
    expect(
        not wrong,
        f"Falta {listed(wrong)} junto a «results», o dice otra cosa que «pagination». "
        "El documento oficial los pide en los dos lugares.",
        expected="; ".join(f"{n}: {as_json(pagination.get(n))}" for n in wrong),
        received="; ".join(
            f"{n}: {as_json(body[n]) if n in body else 'falta'}" for n in wrong
        ),
        evidence=answer,
    )
