"""Faults of the optional service of certificates, which the good provider lacks."""

from collections.abc import Iterator

from pdn_sdk.practice.planting import Bend, Fault, Good, on
from pdn_sdk.practice.terms import Terms
from pdn_sdk.practice.wire import Answered, Asked, refusal
from pdn_sdk.standards.declared.certificates import Certificates

TOLD = Answered(200, {"content-type": "application/json"}, b"{}")


def _service(
    declared: Certificates, *, asks_for_token: bool, asks_for_person: bool
) -> Bend:
    """Publish the service in the provider, with what it asks for."""

    def bend(asked: Asked, _: Good) -> Answered:
        if asks_for_token and not asked.authorization:
            return refusal(401)
        if asks_for_person and f"{declared.person}=" not in asked.query_string:
            return refusal(400)
        return TOLD

    return on(lambda a: a.path in (declared.listing, declared.document), bend)


def faults(terms: Terms) -> Iterator[Fault]:
    """Give the faults of the service that a standard declares."""
    declared = terms.standard.certificates
    if declared is None:
        return
    yield Fault(
        "CER-01",
        "acuses_abiertos",
        "Los acuses se entregan sin token.",
        _service(declared, asks_for_token=False, asks_for_person=True),
    )
    yield Fault(
        "CER-02",
        "acuses_de_nadie",
        "El servicio de acuses contesta sin que se diga de quién.",
        _service(declared, asks_for_token=True, asks_for_person=False),
    )
