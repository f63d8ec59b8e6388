"""Faults of the filters by texts and by exact values."""

import unicodedata
from collections.abc import Iterator

from pdn_sdk.collation import fold
from pdn_sdk.practice.planting import (
    NOTHING,
    Fault,
    Good,
    When,
    answering,
    asking,
    changing_text,
    is_search,
    on,
    only_text,
    showing,
    with_stranger,
    without_marks,
)
from pdn_sdk.practice.terms import Terms
from pdn_sdk.practice.wire import Answered, Asked
from pdn_sdk.standards.model import FilterField, Operator


def _inside(text: str, texts: frozenset[str]) -> bool:
    return any(text in t for t in texts)


def _odd(text: str, texts: frozenset[str]) -> bool:
    return "'" in text and text in texts


def _other_case(text: str, texts: frozenset[str]) -> bool:
    folded = text.lower()
    # ñ apart: it has its own check.
    return (
        "ñ" not in folded
        and folded in {t.lower() for t in texts}
        and not _inside(text, texts)
    )


def _lacks_accents(text: str, texts: frozenset[str]) -> bool:
    return not _inside(text, texts) and text in {without_marks(t) for t in texts}


def _lacks_diaeresis(text: str, texts: frozenset[str]) -> bool:
    marked = {t for t in texts if "ü" in t.lower()}
    return not _inside(text, texts) and text in {without_marks(t) for t in marked}


def _has_marks_apart(text: str, _: frozenset[str]) -> bool:
    return any(map(unicodedata.combining, text))


def _has_extra_accents(text: str, texts: frozenset[str]) -> bool:
    return (
        not _inside(text, texts)
        and "ñ" not in text.lower()
        and without_marks(text) != text
        and without_marks(text) in {without_marks(t) for t in texts}
    )


def _has_extra_blanks(text: str, texts: frozenset[str]) -> bool:
    return not _inside(text, texts) and text != " ".join(text.split())


def _two_enyes(text: str, _: frozenset[str]) -> bool:
    return text.lower().count("ñ") > 1


def _partial(text: str, texts: frozenset[str]) -> bool:
    whole = {fold(t) for t in texts}
    return len(text) > 2 and fold(text) not in whole and _inside(text, texts)


def _first_alone(asked: Asked) -> Asked:
    name, text = next(iter(asked.query.items()))
    return asked.filtering({name: text})


def _fallback(asked: Asked, good: Good) -> Answered:
    answered = good.serve(asked)
    empty = answered.status == 200 and not answered.results
    return good.serve(_first_alone(asked)) if empty else answered


def _words(terms: Terms) -> tuple[Fault, ...]:
    name, surname = terms.name, terms.surname
    return (
        Fault(
            f"SEA-01[{surname}]",
            "apostrofo_perdido",
            "No encuentra los apellidos con apóstrofo.",
            changing_text(_odd, surname),
        ),
        Fault(
            f"SEA-02[{name}]",
            "registro_ajeno",
            "El filtro por nombre entrega un registro que no lo tiene.",
            on(lambda a: only_text(name)(a) and a.size == 50, with_stranger),
        ),
        Fault(
            f"SEA-04[{surname}]",
            "distingue_mayusculas",
            "El filtro distingue mayúsculas de minúsculas.",
            changing_text(_other_case, surname),
        ),
    )


def _letters(terms: Terms) -> tuple[Fault, ...]:
    name, surname = terms.name, terms.surname
    return (
        Fault(
            f"SEA-05[{name}]",
            "exige_acentos",
            "Sin acentos no encuentra los nombres acentuados.",
            changing_text(_lacks_accents, name),
        ),
        Fault(
            f"SEA-06[{name}]",
            "estorban_los_acentos",
            "Con acentos no encuentra los nombres sin acentuar.",
            changing_text(_has_extra_accents, name),
        ),
        Fault(
            f"SEA-05[{surname}]",
            "la_dieresis_estorba",
            "Sin la diéresis no encuentra los apellidos con ü.",
            changing_text(_lacks_diaeresis, surname),
        ),
        Fault(
            f"SEA-06[{name}]",
            "acento_aparte",
            "No reconoce un acento que viene aparte de su letra (Unicode NFD).",
            changing_text(_has_marks_apart, name),
        ),
        Fault(
            f"SEA-07[{name}]",
            "estorban_los_espacios",
            "Un espacio de más esconde los registros.",
            changing_text(_has_extra_blanks, name),
        ),
        Fault(
            f"SEA-08[{surname}]",
            "una_sola_enye",
            "Sólo cuida la primera eñe de lo que se busca.",
            changing_text(_two_enyes, surname),
        ),
        Fault(
            f"SEA-09[{name}]",
            "sólo_valor_completo",
            "Sólo encuentra el valor completo.",
            changing_text(_partial, name),
        ),
    )


def _together(terms: Terms) -> tuple[Fault, ...]:
    name = terms.name
    blank = terms.institution.name if terms.institution else name
    texts = {f.name for f in terms.filters(Operator.CONTAINS)}

    def two_texts(asked: Asked) -> bool:
        return is_search(asked) and len(asked.query) == 2 and set(asked.query) <= texts

    return (
        Fault(
            "SEA-10",
            "blanco_filtra",
            "Un filtro en blanco no encuentra nada.",
            asking(
                lambda a: is_search(a) and a.query.get(blank) == "",
                lambda a: a.filtering({name: NOTHING}),
            ),
        ),
        Fault(
            "SEA-11",
            "el_segundo_no_cuenta",
            "De dos filtros sólo cuenta el primero.",
            asking(
                lambda a: two_texts(a) and "qzxwkvj" not in a.query.values(),
                _first_alone,
            ),
        ),
        Fault(
            "SEA-12",
            "nunca_vacio",
            "Si nada cumple los dos filtros, da lo que cumple el primero.",
            on(two_texts, _fallback),
        ),
    )


def _exact(terms: Terms) -> Iterator[Fault]:
    for declared in terms.withheld:
        yield Fault(
            f"SEA-03[{declared.name}]",
            f"{declared.name}_no_se_encuentra",
            "Muestra el dato, pero el filtro no lo encuentra.",
            answering(is_search, showing(declared.path, "GAXX800101AB1")),
            also=frozenset({"PRI-01"}),
        )
    for declared in terms.shown:
        yield Fault(
            f"SEA-03[{declared.name}]",
            f"{declared.name.rpartition('.')[2]}_no_se_encuentra",
            "Muestra el dato, pero el filtro no lo encuentra.",
            asking(
                _exactly(declared, 10), lambda a: a.filtering({terms.name: NOTHING})
            ),
        )
    if terms.closed is not None:
        yield from _closed(terms, terms.closed)


def _is_cut_key(terms: Terms, declared: FilterField) -> When:
    keys = {entry.key for entry in terms.dataset.catalogs[declared.catalog]}
    cut = {str(key)[:-1] for key in keys} - keys - {""}
    return lambda a: is_search(a) and a.query.get(declared.name) in cut


def _exactly(declared: FilterField, size: int) -> When:
    return lambda a: is_search(a) and a.asks_only(declared.name) and a.size == size


def _closed(terms: Terms, closed: FilterField) -> Iterator[Fault]:
    last = terms.dataset.catalogs[closed.catalog][-1].key
    yield Fault(
        f"SEA-03[{closed.name}]",
        "solo_el_primero_que_lo_tiene",
        "De los registros con el mismo valor encuentra uno.",
        answering(
            _exactly(closed, 10),
            lambda r, _: r.listing(r.results[:1]).paginated(
                totalRows=min(1, len(r.results)), hasNextPage=False
            ),
        ),
    )
    if len(str(last)) > 1:
        yield Fault(
            f"SEA-03[{closed.name}]",
            "clave_incompleta_da_todo",
            "Una clave a la que le falta su última letra no filtra.",
            asking(_is_cut_key(terms, closed), lambda a: a.filtering({})),
        )
    yield Fault(
        f"SEA-26[{closed.name}]",
        "valor_sin_registros",
        "Con uno de los valores no encuentra nada.",
        asking(
            lambda a: _exactly(closed, 20)(a) and a.query[closed.name] == last,
            lambda a: a.filtering({terms.name: NOTHING}),
        ),
    )
    yield Fault(
        f"SEA-27[{closed.name}]",
        "valor_como_expresion",
        "Trata el valor como expresión regular: un punto los encuentra todos.",
        asking(
            lambda a: is_search(a) and a.query.get(closed.name) == ".",
            lambda a: a.filtering({}),
        ),
    )


def faults(terms: Terms) -> tuple[Fault, ...]:
    """Give the faults that can be planted in a provider of a standard."""
    return (
        *_words(terms),
        *_letters(terms),
        *_together(terms),
        *_exact(terms),
    )
