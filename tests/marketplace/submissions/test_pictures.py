"""Pictures of a connector: what is taken, made anew, shown to whom, and refused."""

import io
import struct
import zlib
from html import escape

import pytest
import yaml
from PIL import Image, PngImagePlugin
from sqlalchemy import select

from pdn_marketplace.catalog.models import Resource
from pdn_marketplace.errors import SubmissionRejectedError
from pdn_marketplace.security import Role
from pdn_marketplace.submissions.models import Submission
from pdn_marketplace.submissions.pictures import encoding
from pdn_marketplace.submissions.pictures import service as pictures

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ATTACK = '"><script>alert(1)</script>'


def drawn(size=(690, 280), form="PNG", *, mode="RGB", **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "#1f5fa8" if mode == "RGB" else None).save(
        out, form, **options
    )
    return out.getvalue()


def sent(browser, number, body, kind="screenshot", alt="La búsqueda, con resultados"):
    data = {"kind": kind, "alt": alt, "file": (io.BytesIO(body), "foto.png")}
    return browser.post(f"/conectores/{number}/imagenes", data=data)


def names(market, number) -> list[str]:
    with market.database.transaction() as session:
        return [p.name for p in session.get_one(Submission, number).pictures]


def approved(market, number, run_id) -> None:
    reviewer = market.person("revisora", Role.REVIEWER, "Secretaría Ejecutiva")
    market.browser(reviewer).post(
        f"/conectores/{number}/decision",
        data={"decision": "approve", "run_id": str(run_id)},
    )


def bomb(side=30_000) -> bytes:
    """A small file that says it is an enormous picture."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    made = [
        struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d))
        for k, d in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def moving() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


def commented() -> bytes:
    """A PNG that a careless reader would take for a page."""
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "<html><script>alert(1)</script></html>")
    return drawn(pnginfo=told)


def located() -> bytes:
    """A photograph that tells where it was taken, and that lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (19.0, 25.0, 57.0)
    return drawn((400, 200), "JPEG", exif=exif, comment=b"de la oficina de Ana")


REFUSED = {
    "svg": (SVG, "SVG no se aceptan"),
    "svg with a preamble": (b'<?xml version="1.0"?>' + SVG, "SVG no se aceptan"),
    "page": (b"<html><script>alert(1)</script>", "no es una imagen"),
    "gif": (drawn(form="GIF"), "no es una imagen"),
    "archive behind": (drawn() + b"PK\x03\x04 a jar", "algo más que una imagen"),
    "behind a jpeg": (drawn(form="JPEG") + SVG, "algo más que una imagen"),
    "behind a webp": (drawn(form="WEBP") + SVG, "algo más que una imagen"),
    "page inside": (commented(), "algo más que una imagen"),
    "bomb": (bomb(), "demasiados píxeles"),
    "bomb past its reader": (bomb(9_000_000), "demasiados píxeles"),
    "too wide": (drawn((7000, 10)), "demasiados píxeles"),
    "moving": (moving(), "tiene movimiento"),
    "damaged": (drawn()[:60] + encoding.ENDS["PNG"], "incompleta o dañada"),
    "nothing": (b"", "no es una imagen"),
    "heavy": (b"\x89PNG" + bytes(encoding.MAX_BYTES), "más de 4 MB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_just_a_picture_is_refused_saying_why(name) -> None:
    body, said = REFUSED[name]

    for make in (encoding.screenshot, encoding.cover):
        with pytest.raises(SubmissionRejectedError, match=said):
            make(body)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_made_anew_in_its_own_form(form) -> None:
    body = drawn((2400, 1200), form)

    made = encoding.screenshot(body)

    assert made.body != body
    assert Image.open(io.BytesIO(made.body)).format == form
    assert (made.width, made.height) == (1600, 800)
    assert encoding.screenshot(body).name == made.name


def test_what_a_photograph_tells_of_its_maker_is_lost() -> None:
    made = encoding.screenshot(located())
    kept = Image.open(io.BytesIO(made.body))

    assert (made.width, made.height) == (200, 400)
    assert dict(kept.getexif()) == {}
    assert b"Ana" not in made.body


def test_a_clear_ground_stays_clear() -> None:
    made = encoding.screenshot(drawn(mode="RGBA"))

    assert Image.open(io.BytesIO(made.body)).mode == "RGBA"


def test_a_cover_has_the_published_size() -> None:
    made = encoding.cover(drawn((1035, 420)))

    assert (made.width, made.height) == (345, 140)
    for wrong in ((345, 300), (300, 122)):
        with pytest.raises(SubmissionRejectedError, match="345 × 140"):
            encoding.cover(drawn(wrong))


def test_pictures_are_of_their_owners_until_the_connector_is_published(
    make_market,
) -> None:
    market = make_market(approvals="1")
    owner = market.person("duena", organization="Municipio de Ejemplo")
    browser, visitor = market.browser(owner), market.browser()
    number = market.submit(owner)
    sent(browser, number, drawn(), "cover", "Un mapa del municipio")
    answer = sent(browser, number, drawn((800, 500)), alt=ATTACK)
    cover, shot = [f"/imagenes/{name}" for name in names(market, number)]
    page = browser.get(answer.location).text

    before = [who.get(shot).status_code for who in (browser, visitor)]
    stranger = market.browser(market.person("otra"))
    approved(market, number, market.sent(number, owner))
    told = visitor.get("/api/v1/resources/conector-de-ejemplo").json
    product = visitor.get("/export/products.json").json[0]
    detail = visitor.get("/recursos/conector-de-ejemplo").text
    described = yaml.safe_load(
        visitor.get("/recursos/conector-de-ejemplo/publiccode.yml").data
    )

    assert before == [200, 404]
    assert ATTACK not in page + detail
    assert escape(ATTACK) in detail.replace("&#34;", "&quot;")
    assert "Tiene portada y 1 captura de 4" in page
    assert told["cover"].endswith(cover)
    assert told["screenshots"][0]["url"].endswith(shot)
    assert product["cover"].endswith(cover)
    assert product["screenshots"][0].endswith(shot)
    assert described["description"]["es"]["screenshots"][0].endswith(shot)
    assert cover in detail
    assert 'alt="Un mapa del municipio"' in detail
    for who in (visitor, stranger):
        with who.get(shot) as answer:
            assert answer.status_code == 200
            assert answer.content_type == "image/png"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Cache-Control"].startswith("public")


def test_the_picture_of_a_hidden_resource_is_hidden_too(make_market) -> None:
    market = make_market(approvals="1")
    owner = market.person("duena", organization="Municipio de Ejemplo")
    number = market.submit(owner)
    sent(market.browser(owner), number, drawn())
    approved(market, number, market.sent(number, owner))
    path = f"/imagenes/{names(market, number)[0]}"

    shown = market.browser().get(path).status_code
    with market.database.transaction() as session:
        session.scalars(select(Resource)).one().hidden_at = market.clock()
    hidden = market.browser().get(path).status_code

    assert (shown, hidden) == (200, 404)
    assert market.browser(owner).get(path).status_code == 200


def test_a_removal_that_is_undone_keeps_the_file(market, owner) -> None:
    number = market.submit(owner)
    sent(market.browser(owner), number, drawn())

    with market.database.transaction() as session:
        submission = session.get_one(Submission, number)
        pictures.forget(session, submission, market.config.data)
        session.rollback()
        session.expunge_all()

    path = f"/imagenes/{names(market, number)[0]}"
    assert market.browser(owner).get(path).status_code == 200


def test_the_pictures_of_a_deleted_account_leave_no_file(market, owner) -> None:
    browser, number = market.browser(owner), market.submit(owner)
    sent(browser, number, drawn())
    leaving = {"password": "cuatro palabras nada parecidas", "is_meant": "y"}

    answer = browser.post("/cuenta/eliminar", data=leaving)

    assert answer.status_code == 302

    assert not [f for f in (market.config.data / "imagenes").rglob("*") if f.is_file()]


def test_there_are_at_most_four_screenshots_and_one_cover(market, owner) -> None:
    browser, number = market.browser(owner), market.submit(owner)
    for width in (400, 410, 420, 430):
        assert sent(browser, number, drawn((width, 300))).status_code == 302

    fifth = sent(browser, number, drawn((440, 300)))
    for height in (280, 281):
        assert sent(browser, number, drawn((690, height)), "cover").status_code == 302

    assert (fifth.status_code, "Ya hay 4 capturas" in fifth.text) == (400, True)
    assert len(names(market, number)) == 5


def test_a_picture_that_is_taken_off_leaves_no_file(market, owner) -> None:
    browser = market.browser(owner)
    first, second = market.submit(owner), market.submit(owner, name="Otro")
    for number in (first, second):
        sent(browser, number, drawn())
    path = f"/imagenes/{names(market, first)[0]}"

    browser.post(f"/conectores/{first}/imagenes/1/quitar")
    kept = browser.get(path).status_code
    browser.post(f"/conectores/{second}/imagenes/2/quitar")

    assert (kept, browser.get(path).status_code) == (200, 404)
    assert not [f for f in (market.config.data / "imagenes").rglob("*") if f.is_file()]


def test_what_is_missing_is_said_at_the_form(market, owner) -> None:
    browser, number = market.browser(owner), market.submit(owner)
    path = f"/conectores/{number}/imagenes"

    without = browser.post(path, data={"kind": "screenshot", "alt": "Algo"})
    mute = sent(browser, number, drawn(), alt="   ")
    kind = "multipart/form-data; boundary=x"
    heavy = browser.post(path, data=bytes(5_000_000), content_type=kind)

    assert (without.status_code, "Elija el archivo" in without.text) == (400, True)
    assert (mute.status_code, "para quien no la ve" in mute.text) == (400, True)
    assert "más de 4 MB" in browser.get(heavy.location).text
    assert names(market, number) == []


def test_pictures_do_not_change_under_the_eyes_of_who_reviews(market, owner) -> None:
    browser, number = market.browser(owner), market.submit(owner)
    sent(browser, number, drawn())
    market.sent(number, owner)

    refused = sent(browser, number, drawn((500, 300)))
    browser.post(f"/conectores/{number}/imagenes/1/quitar")

    assert refused.status_code == 409
    assert len(names(market, number)) == 1


def test_a_name_that_is_no_picture_opens_no_file(market, owner) -> None:
    browser, digest = market.browser(owner), "a" * 64
    for name in ("x.png", f"{digest}.svg", f"{digest}.png", "..%2f..%2fkeys%2fsecret"):
        assert browser.get(f"/imagenes/{name}").status_code == 404


def test_who_did_not_send_a_connector_changes_none_of_its_pictures(
    market, owner, reviewer
) -> None:
    number = market.submit(owner)
    sent(market.browser(owner), number, drawn())
    market.sent(number, owner)
    for who in (market.person("otra"), reviewer):
        browser = market.browser(who)

        assert sent(browser, number, drawn()).status_code == 404
        gone = browser.post(f"/conectores/{number}/imagenes/1/quitar")
        assert gone.status_code == 404


def test_the_published_limits_say_by_how_much_they_are_passed(
    market, owner, form
) -> None:
    answer = market.browser(owner).post(
        "/conectores/nuevo",
        data=form(abstract="a" * 163, description="d" * 901),
    )

    assert "Tiene 163 caracteres y el límite es 150" in answer.text
    assert "Tiene 901 caracteres y el límite es 900" in answer.text
