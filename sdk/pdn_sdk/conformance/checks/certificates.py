"""The service of certificates, where a provider publishes it."""

from pdn_sdk.checking import Api, Exchange, NotTriedError, check, expect
from pdn_sdk.standards.declared.certificates import Certificates
from pdn_sdk.standards.model import Standard

DENIED = (401, 403)
ABSENT = (404, 405, 501)
SOMEBODY, YEAR = "XAXX010101000", 2024
"""The generic code of the tax authority: it belongs to no one."""


@check("CER-01")
def check_certificates_ask_for_a_token(api: Api, standard: Standard) -> None:
    """Los acuses no se entregan a quien no trae un token."""
    certificates = _declared(standard)
    _expect_offered(_asked(api, certificates.listing, _whom(certificates)))
    told = {
        path: _asked(api, path, _whom(certificates), token=None)
        for path in (certificates.listing, certificates.document)
    }
    open_ones = [path for path, answer in told.items() if answer.status not in DENIED]
    expect(
        not open_ones,
        f"{' y '.join(open_ones)} contesta a quien no trae token: dice de personas "
        "determinadas si cumplieron.",
        expected="estado 401",
        received="; ".join(f"{path}: estado {told[path].status}" for path in open_ones),
        evidence=[told[path] for path in open_ones],
    )


@check("CER-02")
def check_certificates_need_a_person(api: Api, standard: Standard) -> None:
    """Sin decir de quién, el servicio de acuses rechaza con estado 400."""
    certificates = _declared(standard)
    paths = (certificates.listing, certificates.document)
    told = {path: _asked(api, path, "") for path in paths}
    _expect_offered(told[certificates.listing])
    judged = {path: e for path, e in told.items() if e.status not in DENIED}
    if not judged:
        raise NotTriedError("La credencial de la prueba no da acceso a los acuses.")
    lax = [path for path, answer in judged.items() if answer.status != 400]
    expect(
        not lax,
        f"{' y '.join(lax)} sin «{certificates.person}» no se rechaza.",
        expected="estado 400",
        received="; ".join(f"{path}: estado {told[path].status}" for path in lax),
        evidence=[told[path] for path in lax],
    )


def _declared(standard: Standard) -> Certificates:
    if standard.certificates is None:
        raise NotTriedError("El estándar no tiene servicio de acuses.")
    return standard.certificates


def _expect_offered(answer: Exchange) -> None:
    if answer.status in ABSENT:
        raise NotTriedError("El proveedor no publica el servicio de acuses.")


def _whom(certificates: Certificates) -> str:
    return f"?{certificates.person}={SOMEBODY}&{certificates.year}={YEAR}"


def _asked(api: Api, path: str, question: str, *, token: str | None = "") -> Exchange:
    return api.call(path=path, path_suffix=question, method="GET", token=token)
