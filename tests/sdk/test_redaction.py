"""What no report may hold: secrets however they are written, and personal data."""

import base64
import html
import json
import shlex
from urllib.parse import quote, quote_plus, urlencode

import pytest

from pdn_sdk.checking import Exchange, Request, Response
from pdn_sdk.conformance.evidence import curl, evidence, shortened
from pdn_sdk.conformance.redaction import HIDDEN, Redactor

SECRET = "s3cr3t & ñandú/ü?"
PASSWORD = 'c0ntr4"señ\\a+1'
TOKEN = "tok-0123456789abcdef"
CURP = "GAPL900215MDFRRS09"
RFC = "GAPL900215AB1"
COMPANY_RFC = "ABC900215AB1"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
PLANTED = (SECRET, PASSWORD, TOKEN, CURP, RFC, JWT)


@pytest.fixture
def redactor():
    named = {"CLIENT_SECRET": SECRET, "PASSWORD": PASSWORD, "TOKEN": TOKEN}
    return Redactor(named, extra_keys=("claveInterna",))


@pytest.mark.parametrize("secret", [SECRET, PASSWORD, TOKEN])
@pytest.mark.parametrize(
    "written",
    [
        str,
        lambda s: quote(s, safe=""),
        quote_plus,
        lambda s: json.dumps(s, ensure_ascii=False),
        json.dumps,
        html.escape,
        lambda s: base64.b64encode(s.encode()).decode(),
    ],
    ids=[
        "as it is",
        "in a path",
        "in a form",
        "in JSON",
        "in ASCII",
        "in HTML",
        "in base64",
    ],
)
def test_secret_of_the_run_is_hidden_however_it_is_written(redactor, secret, written):
    text = f"antes {written(secret)} después"

    hidden = redactor.text(text)

    assert written(secret).strip('"') not in hidden
    assert hidden.startswith("antes ")
    assert hidden.endswith(" después")


@pytest.mark.parametrize(
    "planted",
    [
        CURP,
        CURP.lower(),
        RFC,
        JWT,
        f"Bearer {JWT}",
        "Bearer abc123",
        "Basic cGRuOnNlY3JldG8=",
    ],
)
def test_personal_data_and_credentials_are_hidden_in_any_text(redactor, planted):
    value = planted.partition(" ")[2] or planted

    hidden = redactor.text(f"Error cerca de {planted} en la línea 3")

    assert value not in hidden
    assert HIDDEN in hidden
    assert hidden.endswith(" en la línea 3")


@pytest.mark.parametrize(
    "harmless",
    [
        COMPANY_RFC,
        "SPIC-1-000006",
        "2024-01-02T00:00:00Z",
        "MARÍA GUADALUPE MUÑOZ",
        "OAS #/components/schemas/reqSpic",
        "totalRows 1,234",
    ],
)
def test_what_is_public_stays(redactor, harmless):
    assert redactor.text(harmless) == harmless


@pytest.mark.parametrize(
    "key",
    [
        *("rfc", "RFC", "curp", "access_token", "accessToken", "client-secret"),
        *("Contraseña", "domicilioMexico", "codigoPostal", "telefono", "email"),
        "claveInterna",
    ],
)
@pytest.mark.parametrize("value", ["x1y2z3", 12345, {"calle": "Juárez"}, ["a", "b"]])
def test_member_is_hidden_whole_wherever_it_is_nested(redactor, key, value):
    body = {"results": [{"datos": [{key: value, "nombres": "Ana"}]}]}

    hidden = json.loads(redactor.body(json.dumps(body)))

    assert hidden["results"][0]["datos"][0] == {key: HIDDEN, "nombres": "Ana"}


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_absence_of_a_value_is_shown(redactor, value):
    assert json.loads(redactor.body(json.dumps({"rfc": value}))) == {"rfc": value}


@pytest.mark.parametrize(
    "body",
    [
        '{"password": "otra-clave", "page": 1',
        '[{"rfc": "otra-clave"}, cortado…',
        "grant_type=password&password=otra-clave&x=1",
        "<p>password=otra-clave</p>",
        '{"client_secret" : "otra-clave"',
    ],
)
def test_member_is_hidden_in_what_is_not_whole_json(redactor, body):
    hidden = redactor.body(body)

    assert "otra-clave" not in hidden
    assert HIDDEN in hidden


def test_headers_keep_the_scheme_and_lose_the_credential(redactor):
    hidden = redactor.headers(
        {
            "Authorization": f"Bearer {TOKEN}",
            "Cookie": "sesion=1",
            "X-Api-Key": "llave",
            "Accept": "application/json",
        }
    )

    assert hidden == {
        "Authorization": f"Bearer {HIDDEN}",
        "Cookie": HIDDEN,
        "X-Api-Key": HIDDEN,
        "Accept": "application/json",
    }


def test_token_issued_during_the_run_is_learnt(redactor):
    redactor.learn("TOKEN", "emitido-0001")

    assert redactor.text("llegó emitido-0001") == f"llegó {HIDDEN}"


def test_very_short_secret_does_not_blot_out_the_report():
    assert Redactor({"PASSWORD": "a"}).text("nada se borra") == "nada se borra"


def loud(url="https://api.mx/v1/spic", content_type="application/json", body=None):
    told = {"usuario": {"curp": CURP, "nota": f"{SECRET} {RFC}"}, "clave": PASSWORD}
    body = json.dumps(told, ensure_ascii=False) if body is None else body
    return Exchange(
        Request(
            "POST",
            url,
            {"Authorization": f"Bearer {TOKEN}", "Content-Type": content_type},
            body,
        ),
        Response(500, {"server": f"x {JWT}", "set-cookie": TOKEN}, body.encode(), 0.1),
    )


FORM = urlencode({"password": PASSWORD, "client_secret": SECRET, "curp": CURP})
EXCHANGES = [
    loud(),
    loud(f"https://api.mx/v1/spic?curp={CURP}&token={TOKEN}&s={quote_plus(SECRET)}"),
    loud(content_type="application/x-www-form-urlencoded", body=FORM),
    loud(body=f"Traceback: {PASSWORD} {CURP} {RFC} {JWT} {SECRET}"),
]


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_evidence_and_curl_line_hold_nothing_planted(redactor, exchange):
    made = evidence(exchange, redactor)

    kept = json.dumps([made.request, made.response], ensure_ascii=False)
    kept += curl(exchange.request, redactor)

    forms = [f for p in PLANTED for f in (p, quote_plus(p), json.dumps(p)[1:-1])]
    assert [form for form in forms if form in kept] == []


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_curl_line_is_one_that_a_shell_reads(redactor, exchange):
    words = shlex.split(curl(exchange.request, redactor))

    assert words[:2] == ["curl", "-sS"]
    assert any("$TOKEN" in word for word in words)


def test_curl_line_names_the_credentials_of_a_token_request(redactor):
    pair = base64.b64encode(f"pdn:{SECRET}".encode()).decode()
    asked = Request(
        "POST",
        "https://api.mx/oauth/token",
        {
            "Authorization": f"Basic {pair}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        urlencode({"username": "pdn", "password": PASSWORD}),
    )

    line = curl(asked, redactor)

    assert shlex.split(line)[3:5] == ["-u", "pdn:$CLIENT_SECRET"]
    assert "password='\"$PASSWORD\"''" in line


def test_curl_line_does_not_show_a_secret_that_is_not_of_the_run(redactor):
    pair = base64.b64encode(b"pdn:otra-clave").decode()
    asked = Request("POST", "https://api.mx/x", {"Authorization": f"Basic {pair}"}, "")

    line = curl(asked, redactor)

    assert shlex.split(line)[-2:] == ["-u", "pdn:$OTRO_SECRETO"]


def test_long_lists_of_an_answer_keep_their_head_and_their_count(redactor):
    rows = [{"id": str(n)} for n in range(200)]
    answer = Response(200, {}, json.dumps({"results": rows}).encode(), 0.1)

    made = evidence(Exchange(loud().request, answer), redactor)

    shown = json.loads(made.response["body"])
    assert shown == {"results": [{"id": "0"}, {"id": "1"}, "… 198 más"]}


def test_cut_text_says_how_much_is_missing():
    assert shortened("x" * 1500, 10) == "xxxxxxxxxx… [1,490 caracteres más]"
