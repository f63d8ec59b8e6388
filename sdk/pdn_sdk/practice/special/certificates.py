"""Faults of the optional service of certificates, which the good provider lacks."""

from collections.abc import Iterator

from pdn_sdk.practice.planting import Bend, Fault, Good, on
from pdn_sdk.practice.terms import Terms
from pdn_sdk.practice.wire import Answered, Asked, refusal
from pdn_sdk.standards.declared.certificates import Certificates

TOLD = Answered(200, {"content-type": "application/json"}, b"{}")


def _service(
    declared: Certificates, *, asks_for_token: bool, asks_for_person: frozenset[str]
) -> Bend:
    """Publish the service; `asks_for_person` are the paths that ask of whom."""

    def bend(asked: Asked, _: Good) -> Answered:
        if asks_for_token and not asked.authorization:
            return refusal(401)
        if (
            asked.path in asks_for_person
            and f"{declared.person}=" not in asked.query_string
        ):
            return refusal(400)
        return TOLD

    return on(lambda a: a.path in (declared.listing, declared.document), bend)


def faults(terms: Terms) -> Iterator[Fault]:
    """Give the faults of the service that a standard declares."""
    declared = terms.standard.certificates
    if declared is None:
        return
    both = frozenset({declared.listing, declared.document})
    yield Fault(
        "CER-01",
        "acuses_abiertos",
        "Los acuses se entregan sin token.",
        _service(declared, asks_for_token=False, asks_for_person=both),
    )
    yield Fault(
        "CER-02",
        "acuses_de_nadie",
        "El acuse se entrega sin que se diga de quién; la lista, no.",
        _service(
            declared,
            asks_for_token=True,
            asks_for_person=frozenset({declared.listing}),
        ),
    )
