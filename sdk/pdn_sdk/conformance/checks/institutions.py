"""The list of institutions, and its way back through the filter."""

from collections.abc import Sequence

from pdn_sdk.checking import Answer, Api, Exchange, NotTriedError, advise, check, expect
from pdn_sdk.collation import fold
from pdn_sdk.conformance.checks.demands import as_json, counted, listed
from pdn_sdk.conformance.checks.samples import Record, records, strangers, texts_at
from pdn_sdk.standards.model import Dataset, FilterField

MOST_NAMES = 50
OTHERS = 3
ODD = set("()[].,'’\"“”&/-°") | set("áéíóúüñÁÉÍÓÚÜÑ")


@check("INS-01")
def check_institutions_have_a_name(api: Api, dataset: Dataset) -> None:
    """Cada institución de la lista trae su nombre como texto."""
    rows, exchange = _institutions(api)
    member = dataset.institution.name
    wrong = [r for r in rows if not isinstance(r.get(member), str)]
    _expect_none(wrong, f"falta «{member}» como texto", "un texto", exchange)


@check("INS-02")
def check_institution_members_are_texts(api: Api, dataset: Dataset) -> None:
    """Los demás datos de cada institución son textos; si no se tienen, se omiten."""
    rows, exchange = _institutions(api)
    others = [m for m in dataset.institution.members if m != dataset.institution.name]
    wrong = [r for r in rows if any(not isinstance(r.get(m, ""), str) for m in others)]
    what = f"{listed(others)} con un valor nulo o de otro tipo"
    _expect_none(wrong, what, "textos, o nada", exchange)


@check("INS-03")
def check_institutions_are_not_repeated(api: Api, dataset: Dataset) -> None:
    """Ninguna institución aparece dos veces con el mismo nombre."""
    names, exchange = _names(api, dataset)
    repeated = sorted({name for name in names if names.count(name) > 1})
    _expect_none(repeated, "mismo nombre más de una vez", "nombres distintos", exchange)


@check("INS-04")
def check_institutions_are_spelled_once(api: Api, dataset: Dataset) -> None:
    """Ninguna institución aparece con dos escrituras de su nombre."""
    names, exchange = _names(api, dataset)
    spellings: dict[str, set[str]] = {}
    for name in names:
        spellings.setdefault(fold(name), set()).add(name)
    twice = [" / ".join(sorted(each)) for each in spellings.values() if len(each) > 1]
    advise(
        not twice,
        "Hay instituciones escritas de dos maneras: quien elige una de ellas cree "
        "que consulta todo.",
        expected="una escritura por institución",
        received="; ".join(twice[:5]),
        evidence=exchange,
    )


@check("INS-05")
def check_institutions_cover_the_records(api: Api, dataset: Dataset) -> None:
    """La lista incluye a las instituciones de todos los registros."""
    rows, exchange = api.institutions()
    # An empty list has its finding here too, and nowhere else.
    names = _names(api, dataset)[0] if rows else []
    known = set(map(fold, names))
    path = dataset.institution.members[dataset.institution.name]
    seen = {text for r in records(api) for text in texts_at(r, path)}
    missing = sorted(text for text in seen if fold(text) not in known)
    expect(
        not missing,
        f"Falta en la lista {counted(len(missing), 'institución', 'instituciones')} "
        "con registros: nadie podrá elegirla en el buscador.",
        expected="todas las instituciones de los registros",
        received="; ".join(missing[:5]),
        evidence=exchange,
    )


@check("INS-06")
def check_institutions_find_their_records(api: Api, dataset: Dataset) -> None:
    """Cada nombre de la lista, usado como filtro, encuentra sus registros."""
    names, _ = _names(api, dataset)
    declared = _filter(dataset)
    lost: dict[str, Answer] = {}
    for name in _chosen(names):
        answer = api.search(page_size=1, query={declared.name: name})
        if answer.total < max(1, _holders(api, declared, name)):
            lost[name] = answer
    expect(
        not lost,
        f"No se encuentran los registros de {len(lost):,} de las instituciones de la "
        "lista. Trate como texto los paréntesis, los puntos y los espacios dobles.",
        expected="; ".join(
            f"«{n}»: al menos {max(1, _holders(api, declared, n)):,}"
            for n in list(lost)[:5]
        ),
        received="; ".join(f"«{n}»: {a.total:,}" for n, a in list(lost.items())[:5]),
        evidence=[a.exchange for a in lost.values()][:3],
    )


@check("INS-07")
def check_institutions_find_only_their_records(api: Api, dataset: Dataset) -> None:
    """Al filtrar por una institución no llegan registros de otra."""
    names, _ = _names(api, dataset)
    declared = _filter(dataset)
    records(api)
    longest, *others = sorted(set(names), key=lambda n: (-len(n), n))
    for name in [longest, *_chosen(others)[:OTHERS]]:
        answer = api.search(
            page_size=min(100, dataset.max_page_size), query={declared.name: name}
        )
        foreign = strangers(answer, declared, name)
        expect(
            not foreign,
            f"Al filtrar por «{name}» llega "
            f"{counted(len(foreign), 'registro', 'registros')} de otra institución.",
            expected="sólo registros de esa institución",
            received="; ".join(sorted(set(foreign))[:3]),
            evidence=answer.exchange,
        )


def _institutions(api: Api) -> tuple[Sequence[Record], Exchange]:
    rows, exchange = api.institutions()
    if not rows:
        raise NotTriedError("La lista de instituciones está vacía.")
    return rows, exchange


def _names(api: Api, dataset: Dataset) -> tuple[list[str], Exchange]:
    rows, exchange = _institutions(api)
    names = [r.get(dataset.institution.name) for r in rows]
    known = [name for name in names if isinstance(name, str) and name.strip()]
    if not known:
        raise NotTriedError("La lista de instituciones no trae nombres.")
    return known, exchange


def _filter(dataset: Dataset) -> FilterField:
    path = dataset.institution.members[dataset.institution.name]
    for declared in dataset.filters:
        if declared.path == path:
            return declared
    raise NotTriedError("No hay un filtro por institución.")


def _holders(api: Api, declared: FilterField, name: str) -> int:
    """Count the records seen of exactly that institution."""
    return sum(name in texts_at(r, declared.path) for r in api.walk().records)


def _chosen(names: list[str]) -> list[str]:
    """Give some names, those with odd characters first."""
    distinct = dict.fromkeys(names)
    return sorted(distinct, key=lambda n: not (ODD & set(n) or "  " in n))[:MOST_NAMES]


def _expect_none(
    wrong: Sequence[object], what: str, expected: str, exchange: Exchange
) -> None:
    expect(
        not wrong,
        f"{counted(len(wrong), 'institución', 'instituciones')} de la lista: {what}.",
        expected=expected,
        received="; ".join(map(as_json, wrong[:3])),
        evidence=exchange,
    )
