"""Ask again before condemning: a provider whose data grow is not at fault.

May import the API and the vocabulary of checks.
"""

from collections.abc import Callable

from pdn_sdk.checking import FindingError, NotTriedError
from pdn_sdk.conformance.api import ProviderApi

TRIES = 3
MOST_REPEATS = 6
"""In a run, which has a limit of requests."""


def settled(api: ProviderApi, check: Callable[[], str | None]) -> str | None:
    """Make a check, again where the data changed meanwhile.

    A finding stands when the data did not change, or when it comes twice in the
    same words: what the change of the data causes comes with other numbers.
    Gives the sentence of the check, if it has one.
    Raises: what the check raises; NotTriedError where the data never rest.
    """
    before = ""
    for _ in range(TRIES):
        try:
            return check()
        except FindingError as finding:
            said = f"{finding.message}|{finding.expected}|{finding.received}"
            if said == before or not api.moved():
                raise
            before = said
        api.repeats += 1
        if api.repeats > MOST_REPEATS:
            break
    raise NotTriedError(
        "Los datos cambiaron cada vez que se probó, y no se pudo comparar. Pruebe "
        "cuando nadie los esté cargando."
    )
