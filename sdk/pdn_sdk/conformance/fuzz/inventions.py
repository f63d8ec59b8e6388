"""Requests invented from what the standard asks of an API.

Schemathesis invents them out of the description of the search; they are sent one
after another by the client of the run, so that its limits and its discretion hold.
The same seed gives the same requests, in the same installation.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import jsonschema_rs
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis import Case, GenerationMode

from pdn_sdk.checking import Api, Exchange, NotTriedError, check, expect
from pdn_sdk.conformance.checks.demands import ANSWER_S
from pdn_sdk.conformance.fuzz.offences import offence
from pdn_sdk.standards.described.document import document
from pdn_sdk.standards.model import Dataset, Endpoint, Standard
from pdn_sdk.standards.paths import written
from pdn_sdk.standards.wording import Place, told

EXAMPLES = 100
"""Requests of each kind (that the description admits, or not), for all datasets."""


@check("FUZ-01")
def check_invented_requests_are_survived(
    api: Api, standard: Standard, dataset: Dataset, seed: int
) -> str:
    """Ninguna solicitud inventada rompe el servidor ni lo deja sin contestar."""
    sent = 0
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        for content in _invented(standard, dataset, mode, seed):
            answer = api.call(raw=content, within_s=ANSWER_S)
            sent += 1
            expect(
                answer.status < 500,
                "Una solicitud inventada rompe el servidor. Repítala con: pdn check "
                f"--deep --seed {seed} --only FUZ-01",
                expected="estado 200 o 4xx",
                received=f"estado {answer.status}",
                evidence=answer,
            )
    return _counted(sent, seed)


@check("FUZ-02")
def check_invented_requests_are_answered_as_published(
    api: Api, standard: Standard, dataset: Dataset, seed: int
) -> str:
    """Lo que se contesta a solicitudes inventadas tiene la forma publicada."""
    flaw_of = _judge(standard, dataset)
    if flaw_of(api.call({})):
        raise NotTriedError(
            "La búsqueda más sencilla ya no tiene la forma publicada: vea las pruebas "
            "de páginas."
        )
    sent = 0
    for content in _invented(standard, dataset, GenerationMode.POSITIVE, seed):
        answer = api.call(raw=content, within_s=ANSWER_S)
        sent += 1
        flaw = flaw_of(answer) if answer.status == 200 else ""
        expect(
            not flaw,
            "La respuesta a una solicitud inventada no tiene la forma publicada. "
            f"Repítala con: pdn check --deep --seed {seed} --only FUZ-02",
            expected="la misma forma que en la búsqueda más sencilla",
            received=flaw,
            evidence=answer,
        )
    return _counted(sent, seed)


@check("FUZ-03")
def check_invented_offences_are_refused(
    api: Api, standard: Standard, dataset: Dataset, seed: int
) -> str:
    """Ninguna solicitud inventada que el estándar manda rechazar se atiende."""
    found = (
        (content, offence(content, dataset))
        for content in _invented(standard, dataset, GenerationMode.NEGATIVE, seed)
    )
    wrong = [(content, what) for content, what in found if what]
    for content, what in wrong:
        answer = api.call(raw=content, within_s=ANSWER_S)
        expect(
            answer.status >= 400,
            f"Atiende una solicitud que debe rechazar: {what}. Quien se equivoca al "
            "preguntar recibe otra cosa, sin saberlo. Repítala con: pdn check --deep "
            f"--seed {seed} --only FUZ-03",
            expected="estado 400 con {code, message}",
            received=f"estado {answer.status}",
            evidence=answer,
        )
    return _counted(len(wrong), seed)


def _invented(
    standard: Standard, dataset: Dataset, mode: GenerationMode, seed: int
) -> list[bytes]:
    """Give the contents of some requests, each once, the plainest first."""
    endpoint = _search(dataset)
    described = schemathesis.openapi.from_dict(document(standard))
    operation = described[endpoint.path][endpoint.method]
    contents: list[bytes] = []

    @seeded(seed)
    @settings(
        max_examples=EXAMPLES // len(standard.datasets),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def gather(case: "Case[Any]") -> None:
        contents.append(_content(case, in_address=endpoint.method == "GET"))

    gather()
    return sorted(dict.fromkeys(contents), key=len)


def _content(case: "Case[Any]", *, in_address: bool) -> bytes:
    """Write what is sent: a body, or what goes in the address."""
    if in_address:
        return urlencode(case.query or {}, doseq=True).encode()
    if isinstance(case.body, bytes):
        return case.body
    # Whatever JSON can say, also numbers that few programs can hold.
    return json.dumps(case.body).encode() if _is_json(case.body) else b""


def _is_json(body: object) -> bool:
    return body is None or isinstance(body, str | int | float | list | dict)


def _judge(standard: Standard, dataset: Dataset) -> Callable[[Exchange], str]:
    """Give what tells how an answer departs from its published form; "" if not.

    The records themselves have checks of their own: here they are any object.
    """
    described, endpoint = document(standard), _search(dataset)
    operation = described["paths"][endpoint.path][endpoint.method.lower()]
    published = operation["responses"]["200"]["content"]["application/json"]["schema"]
    shapes = {**described["components"]["schemas"], dataset.key: {"type": "object"}}
    validator = jsonschema_rs.validator_for(
        {**published, "components": {"schemas": shapes}}
    )

    def flaw_of(answer: Exchange) -> str:
        kind = answer.response.headers.get("content-type", "")
        if "json" not in kind.lower():
            return f"llega como «{kind}», que no es JSON"
        error = next(iter(validator.iter_errors(answer.json())), None)
        if error is None:
            return ""
        place = Place(written(error.instance_path) or "la respuesta", error.instance)
        return told(error.kind.name, error.kind.as_dict(), place).message

    return flaw_of


def _search(dataset: Dataset) -> Endpoint:
    found = dataset.endpoint("search")
    if found is None:
        raise NotTriedError("El estándar no publica una búsqueda de estos datos.")
    return found


def _counted(sent: int, seed: int) -> str:
    return f"{sent} solicitudes inventadas con la semilla {seed}."
