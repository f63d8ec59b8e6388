"""What all the answers of a run say together; these checks come last.

Each answer was for some other check, which looked at it for its own ends. In a whole
run these ask for next to nothing.
"""

from collections.abc import Sequence
from urllib.parse import unquote

from pdn_sdk.checking import Answer, Api, NotTriedError, Oddity, check, expect
from pdn_sdk.conformance.checks.demands import as_json, counted
from pdn_sdk.conformance.checks.samples import (
    Record,
    filters,
    identity,
    records,
    texts_at,
)
from pdn_sdk.standards.model import Dataset, Operator

SHOWN = 3
USUAL = 50
"""Records in a page of the PDN's search."""
USES = 40
"""Of a token, where no other check used it."""


@check("PAG-53")
def check_no_page_denies_itself(api: Api, dataset: Dataset) -> None:
    """Ninguna página de toda la prueba desmiente su propio total."""
    _look_around(api, dataset)
    odd = api.odd_pages()
    expect(
        not odd,
        f"{counted(len(odd), 'respuesta no trae', 'respuestas no traen')} los "
        "registros que su propio total anuncia, o se equivoca al decir si queda otra "
        f"página; la primera, con {_asked(odd)}.",
        expected=odd[0].expected if odd else "",
        received=odd[0].received if odd else "",
        evidence=[each.exchange for each in odd[:SHOWN]],
    )
    _expect_whole_run(api)


@check("REC-52")
def check_records_say_the_same_all_along(api: Api, dataset: Dataset) -> None:
    """Un registro dice lo mismo en todas las respuestas de la prueba."""
    _look_around(api, dataset)
    # Each is asked for again; where all are odd, few are enough to tell.
    seen = api.odd_records()[:SHOWN]
    odd = [each for each in seen if not _has_changed(api, dataset, each)]
    expect(
        not odd,
        f"Hay registros que dicen otra cosa según cómo se pidan; por ejemplo "
        f"«{odd[0].record if odd else ''}», con {_asked(odd)}.",
        expected=odd[0].expected if odd else "",
        received=odd[0].received if odd else "",
        evidence=[each.exchange for each in odd[:SHOWN]],
    )
    _expect_whole_run(api)


@check("ACC-34")
def check_no_token_ends_early(api: Api) -> None:
    """Ningún token dejó de servir antes de lo que anunció."""
    # One more in a whole run too: who never answered has not kept its tokens alive.
    for _ in range(1 if api.is_whole else USES):
        api.search(page_size=1)
    early = list(api.ended_early)
    expect(
        not early,
        f"{counted(len(early), 'consulta se rechazó', 'consultas se rechazaron')} con "
        "un token que todavía debía servir: quien confía en «expires_in» se queda sin "
        "respuesta.",
        expected="el token sirve todo el tiempo que anuncia",
        received=f"estado {early[0].status} antes de ese tiempo" if early else "",
        evidence=early[:SHOWN],
    )
    _expect_whole_run(api)


def _look_around(api: Api, dataset: Dataset) -> None:
    """Walk; and where few checks were made, ask a little for these ones."""
    found = records(api)
    if not api.is_whole:
        api.search()
    for declared in filters(dataset, Operator.CONTAINS):
        shown = (t for r in found for t in texts_at(r, declared.path))
        value = None if api.is_whole else next(shown, None)
        if value is not None:
            api.search(page_size=USUAL, query={declared.name: value})


def _expect_whole_run(api: Api) -> None:
    if not api.is_whole:
        raise NotTriedError(
            "Mira las respuestas de todas las demás pruebas, y sólo se hicieron "
            "algunas: haga la prueba completa."
        )


def _asked(odd: Sequence[Oddity]) -> str:
    if not odd:
        return ""
    request = odd[0].exchange.request
    return request.body or unquote(request.url.partition("?")[2])


def _has_changed(api: Api, dataset: Dataset, odd: Oddity) -> bool:
    """Tell whether a record is now what it was told to be: it was only updated."""
    query: Record = {dataset.identity: {"_eq": odd.record}}
    for declared in filters(dataset, Operator.IDENTITY, Operator.WHOLE_FIRST):
        query = {declared.name: odd.record}
    answer: Answer = api.search(page_size=2, query=query)
    now = [
        as_json(r) for r in answer.results if str(identity(dataset, r)) == odd.record
    ]
    listed = [r for r in records(api) if str(identity(dataset, r)) == odd.record]
    return bool(now) and now != [as_json(r) for r in listed]
