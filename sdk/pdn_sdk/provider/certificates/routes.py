"""The two routes of certificates: the years in which a person filed, and the PDF.

What is asked travels in the address, as the standard publishes it; the journal
writes no query strings.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import orjson
from flask import Flask, Response, request

from pdn_sdk.errors import InvalidQueryError, RecordNotFoundError
from pdn_sdk.provider.answers import json_answer
from pdn_sdk.provider.certificates.filings import Filings
from pdn_sdk.provider.dialects.contract import Publication
from pdn_sdk.standards.declared.certificates import Certificates
from pdn_sdk.standards.model import Security, Standard

PDF = "application/pdf"
_YEAR = re.compile(r"[0-9]{4}")


def install(
    app: Flask, standard: Standard, filings: Filings, publication: Publication
) -> None:
    """Publish the certificates of a standard that has them."""
    declared = standard.certificates
    if declared is None:
        return
    # The specification leaves one route open; both tell of persons (ruling A.8).
    security = replace(standard.security, scope=declared.scope)
    views = {
        declared.listing: _listing(declared, filings),
        declared.document: _document(declared, filings),
    }
    for path, view in views.items():
        app.add_url_rule(
            path,
            endpoint=f"{standard.key}:certificates:{path}",
            view_func=_guarded(view, security, publication),
            methods=["GET"],
        )


def _guarded(
    view: Callable[[], Response], security: Security, publication: Publication
) -> Callable[[], Response]:
    def guarded() -> Response:
        publication.admit(security, request.headers.get("Authorization", ""))
        return view()

    return guarded


def _listing(declared: Certificates, filings: Filings) -> Callable[[], Response]:
    def view() -> Response:
        person, year = _person(declared), _year(declared)
        told = (
            filings.years(person)
            if year is None
            else [(year, filings.has(person, year))]
        )
        found = [{declared.year: each, declared.filed: filed} for each, filed in told]
        return json_answer(
            orjson.dumps({declared.person: person, declared.results: found})
        )

    return view


def _document(declared: Certificates, filings: Filings) -> Callable[[], Response]:
    def view() -> Response:
        person, year = _person(declared), _year(declared)
        if year is None:
            raise InvalidQueryError(
                f"Falta «{declared.year}». Escriba el año en la dirección, por "
                f"ejemplo: ?{declared.person}=…&{declared.year}=2025"
            )
        content = filings.document(person, year)
        if content is None:
            raise RecordNotFoundError("No hay acuse de esa persona en ese año.")
        answer = Response(content, content_type=PDF)
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Content-Disposition"] = 'inline; filename="acuse.pdf"'
        return answer

    return view


def _person(declared: Certificates) -> str:
    text = request.args.get(declared.person, "").strip().upper()
    if not re.fullmatch(declared.person_pattern, text):
        problem = "no tiene la forma debida" if text else "falta"
        raise InvalidQueryError(
            f"«{declared.person}» {problem}. Escríbalo completo, con homoclave."
        )
    return text


def _year(declared: Certificates) -> int | None:
    text = request.args.get(declared.year, "").strip()
    if not text:
        return None
    if not _YEAR.fullmatch(text):
        raise InvalidQueryError(
            f"«{declared.year}» debe ser un año de cuatro cifras, por ejemplo 2025."
        )
    return int(text)
