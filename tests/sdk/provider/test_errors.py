"""One shape of error, in Spanish, that gives nothing away; headers of every answer."""

import pytest

from pdn_sdk.provider.app import create_provider


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nada", 404),
        ("GET", "/", 404),
        ("GET", "/v1/spic", 405),
        ("PUT", "/v1/spic", 405),
        ("DELETE", "/v1/spic", 405),
        ("PATCH", "/v1/spic", 405),
        ("OPTIONS", "/v1/spic", 405),
        ("POST", "/v1/spic/create", 404),
        ("POST", "/v1/spic/dependencias", 405),
        ("GET", "//v1//spic", 404),
        ("GET", "/v1/spic/../../etc/passwd", 404),
        ("GET", "/docs/../app.py", 404),
    ],
)
def test_every_error_has_the_one_shape(served, method, path, status):
    answer = served.client.open(path, method=method)

    assert answer.status_code == status
    assert answer.content_type == "application/json"
    assert set(answer.json) == {"code", "message"}
    assert all(isinstance(value, str) for value in answer.json.values())


def test_wrong_method_says_the_right_one(served):
    answer = served.client.get("/v1/spic")

    assert answer.headers["Allow"] == "POST"
    assert "use POST" in answer.json["message"]


def test_unexpected_error_says_a_number_and_nothing_else(fresh, capfd):
    def broken():
        raise ValueError("la contraseña es 1234")

    fresh.app.add_url_rule("/roto", view_func=broken)

    answer = fresh.client.get("/roto", headers={"X-Request-ID": "abc-1"})

    assert answer.status_code == 500
    assert "abc-1" in answer.json["message"]
    assert "1234" not in answer.text
    logged = capfd.readouterr().err
    assert "ValueError" in logged
    assert "1234" not in logged


def test_database_that_fails_is_unavailable_without_its_path(fresh, capfd):
    database = fresh.settings.database
    headers = fresh.headers()
    database.write_bytes(b"esto no es una base de datos" * 1000)
    app = fresh.client

    answer = app.post("/v1/spic", json={}, headers=headers)

    assert answer.status_code == 503
    assert str(database.parent) not in answer.text
    assert answer.json["code"] == "almacenamiento"
    assert database.name in capfd.readouterr().err


def test_answers_carry_the_headers_of_a_careful_server(served):
    for path in ("/healthz", "/docs", "/nada"):
        headers = served.client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "'unsafe-inline'" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert not any(name.startswith("Access-Control") for name, _ in headers)


@pytest.mark.parametrize(
    ("url", "is_announced"), [("https://x.gob.mx", True), ("http://x", False)]
)
def test_hsts_is_announced_only_behind_https(make_settings, url, is_announced):
    app = create_provider(make_settings(public_url=url))

    headers = app.test_client().get("/healthz").headers

    assert ("Strict-Transport-Security" in headers) is is_announced
