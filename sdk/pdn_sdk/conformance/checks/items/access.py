"""Who may read the collections: one token, one header, and nothing else."""

from urllib.parse import quote, urlsplit

from pdn_sdk.checking import Api, Exchange, NotTriedError, advise, check, expect
from pdn_sdk.conformance.checks.access import elsewhere
from pdn_sdk.conformance.checks.demands import is_refusal, listed, members, statuses
from pdn_sdk.conformance.checks.items.asking import as_listing, has_data, listing
from pdn_sdk.conformance.checks.samples import identity
from pdn_sdk.standards.model import Dataset

ONE = {"limit": 1}
NOBODY = "00000000-0000-4000-8000-000000000000"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SECRET_PLACES = ("/items/directus_users", "/items/tabla_que_no_existe", "/users")


@check("ACC-71")
def check_collection_is_served(api: Api, dataset: Dataset) -> None:
    """La colección responde con su lista de registros."""
    listing(api, f"La PDN lee «{dataset.title}» en esa dirección.", limit=1)


@check("ACC-72")
def check_connection_is_encrypted(api: Api) -> None:
    """Los datos y el token viajan cifrados (HTTPS)."""
    if api.environment != "production":
        raise NotTriedError("Sólo se exige en el ambiente de producción.")
    answer = api.call(ONE)
    parts = urlsplit(answer.request.url)
    expect(
        parts.scheme == "https" or parts.hostname in LOOPBACK,
        "Atiende con HTTP: cualquiera en el camino lee el token.",
        expected="una dirección que empieza con https://",
        received=f"{parts.scheme}://",
        evidence=answer,
    )


@check("ACC-73")
def check_bearer_header_is_accepted(api: Api) -> None:
    """El token se acepta en «Authorization: Bearer …»."""
    header = {"Authorization": f"Bearer {api.valid_token()}"}
    answer = api.call({"limit": 2}, token=None, headers=header)
    as_listing(answer, "Así envía la PDN su token.")
    header = {"Authorization": f"bearer {api.valid_token()}"}
    small = api.call({"limit": 2}, token=None, headers=header)
    advise(
        small.status == 200,
        "Rechaza el token con el esquema «bearer» en minúsculas, que vale lo mismo.",
        expected="estado 200",
        received=f"estado {small.status}",
        evidence=small,
    )


@check("ACC-74")
def check_token_is_required(api: Api, dataset: Dataset) -> None:
    """Sin token no hay datos."""
    sent = {
        "sin token": api.call(ONE, token=None),
        "con HEAD": api.call(ONE, method="HEAD", token=None),
        "con el encabezado vacío": api.call(
            ONE, token=None, headers={"Authorization": "Bearer "}
        ),
    }
    _expect_closed(sent)
    doors = _side_doors(api, dataset)
    leaks = [label for label, e in doors.items() if has_data(e)]
    expect(
        not leaks,
        f"Sin token entrega datos a quien pide {listed(leaks)}.",
        expected="estado 401, 403 o 404, sin datos",
        received=statuses(doors),
        evidence=[doors[label] for label in leaks],
    )


def _side_doors(api: Api, dataset: Dataset) -> dict[str, Exchange]:
    """Ask with no token where nobody is bound to answer, or to say who may enter."""
    whole = dataset.endpoint("search")
    path = whole.path.upper() if whole else ""
    doors = {"la ruta en mayúsculas": api.call(ONE, path=path, token=None)}
    for item in api.walk().records[:1]:
        place = f"/{quote(str(identity(dataset, item)))}"
        doors["un registro por su id"] = api.call(path_suffix=place, token=None)
    return doors


@check("ACC-75")
def check_wrong_tokens_are_refused(api: Api) -> None:
    """Un token equivocado no da acceso."""
    token = api.valid_token()
    wrong = {
        "un token inventado": "no-es-un-token",
        "medio token": token[: len(token) // 2],
        "el token con otra letra al final": token[:-1] + _unlike(token[-1]),
    }
    if token.swapcase() != token:
        wrong["el token con otras mayúsculas"] = token.swapcase()
    _expect_closed({label: api.call(ONE, token=text) for label, text in wrong.items()})


@check("ACC-76")
def check_token_in_the_address_is_ignored(api: Api) -> None:
    """Un token escrito en la dirección, o en otro encabezado, no da acceso."""
    token = api.valid_token()
    sent = {
        where: api.call(ONE, token=None, headers=headers)
        for where, headers in elsewhere(token).items()
    }
    sent["en la dirección, que queda en bitácoras e historiales"] = api.call(
        raw=f"limit=1&access_token={quote(token)}".encode(), token=None
    )
    for where, answer in sent.items():
        expect(
            is_refusal(answer) and not has_data(answer),
            f"Acepta el token {where}. Debe leerlo sólo de Authorization.",
            expected="estado 401, sin datos",
            received=f"estado {answer.status}",
            evidence=answer,
        )


@check("ACC-77")
def check_token_cannot_write(api: Api) -> None:
    """Con este token no se puede crear, cambiar ni borrar."""
    if api.environment != "development":
        raise NotTriedError(
            "Sólo se prueba en desarrollo: no se envían escrituras a producción."
        )
    sent = {
        f"{method} {suffix or '(la colección)'}": api.call(
            method=method, path_suffix=suffix
        )
        for method, suffix in (
            ("POST", ""),
            ("PATCH", f"/{NOBODY}"),
            ("DELETE", f"/{NOBODY}"),
        )
    }
    open_doors = [label for label, e in sent.items() if not is_refusal(e)]
    expect(
        not open_doors,
        f"Atendió {listed(open_doors)}: quien tenga el token puede alterar los datos.",
        expected="estado 403, 404 o 405",
        received=statuses(sent),
        evidence=[sent[label] for label in open_doors],
    )


@check("ACC-78")
def check_other_places_reveal_nothing(api: Api) -> None:
    """Las direcciones que no son del estándar no revelan nada."""
    sent = {path: api.call(ONE, path=path) for path in SECRET_PLACES}
    shown = [path for path, e in sent.items() if e.status == 200 and has_data(e)]
    expect(
        not shown,
        f"Con el token de la PDN se puede leer {listed(shown)}.",
        expected="estado 403 o 404",
        received=statuses(sent),
        evidence=[sent[path] for path in shown],
    )
    answer = api.call(path="/server/info")
    advise(
        answer.status != 200 or not members(answer),
        "/server/info dice qué programa y qué versión atienden.",
        expected="estado 403 o 404",
        received=f"estado {answer.status}",
        evidence=answer,
    )


def _unlike(letter: str) -> str:
    """Give a letter that differs in the bits that count at the end of a signature.

    In base64 the last bits of the last letter may be padding, which many ignore.
    """
    return "w" if "A" <= letter <= "P" else "A"


def _expect_closed(sent: dict[str, Exchange]) -> None:
    wrong = [k for k, e in sent.items() if e.status not in {401, 403} or has_data(e)]
    expect(
        not wrong,
        f"No rechazó la consulta {listed(wrong)}.",
        expected="estado 401 (o 403), sin datos",
        received=statuses(sent),
        evidence=[sent[label] for label in wrong],
    )
