"""What the items say: catalogues, explanations, and dates in their order."""

from collections.abc import Callable, Mapping

from pdn_sdk.checking import Api, check
from pdn_sdk.conformance.checks.demands import expect_clean
from pdn_sdk.standards.items import quality
from pdn_sdk.standards.model import Dataset

Flaws = Callable[[Dataset, Mapping[str, object]], list[str]]


@check("DAT-71")
def check_values_are_listed(api: Api, dataset: Dataset) -> None:
    """Entidades, monedas y claves sin catálogo publicado son de la lista oficial."""
    _expect_none(
        api,
        dataset,
        quality.unlisted,
        "La PDN agrupa por esas claves; escriba la del catálogo.",
        "claves del catálogo",
    )


@check("DAT-72")
def check_keys_are_explained(api: Api, dataset: Dataset) -> None:
    """Una clave que pide más detalle lo trae."""
    _expect_none(
        api,
        dataset,
        quality.unexplained,
        "La clave sola no dice qué pasó.",
        "el detalle que corresponde a la clave",
    )


@check("DAT-73")
def check_details_do_not_contradict(api: Api, dataset: Dataset) -> None:
    """El detalle que se llena es el que nombra la clave."""
    _expect_none(
        api,
        dataset,
        quality.contradicted,
        "No se sabe cuál sanción se impuso.",
        "un solo detalle, el de la clave",
    )


@check("DAT-74")
def check_expected_values_are_filled(api: Api, dataset: Dataset) -> None:
    """Lo que la herramienta oficial exige no llega vacío."""
    _expect_none(
        api,
        dataset,
        quality.unfilled,
        "Sin esos datos el registro no dice quién, por qué ni quién resolvió.",
        "el dato",
    )


@check("DAT-75")
def check_dates_are_in_order(api: Api, dataset: Dataset) -> None:
    """Ningún plazo termina antes de empezar."""
    _expect_none(
        api,
        dataset,
        quality.disordered,
        "Una de las dos fechas está equivocada.",
        "fechas en orden",
    )


@check("DAT-76")
def check_texts_have_their_form(api: Api, dataset: Dataset) -> None:
    """Las personas morales no se mezclan con las físicas."""
    _expect_none(
        api,
        dataset,
        quality.misshapen,
        "Una persona física en esa colección queda sin la protección de la suya.",
        "un RFC de persona moral",
    )


def _expect_none(
    api: Api, dataset: Dataset, flaws: Flaws, why: str, expected: str
) -> None:
    expect_clean(api, dataset, lambda r: flaws(dataset, r), why, expected)
