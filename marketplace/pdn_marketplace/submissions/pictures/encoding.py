"""Makes a picture anew from the octets that a stranger sent. Pure, but for gettext.

What is kept is never what came: only its pixels go on, so that nothing that was
hidden in the file (metadata, scripts, another file) reaches anybody.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from threading import Lock

from flask_babel import gettext as _
from PIL import Image, ImageOps

from pdn_marketplace.errors import SubmissionRejectedError

MAX_BYTES = 4_000_000
MAX_PIXELS = 10_000_000
MAX_SIDE = 6_000
SHOWN_SIDE = 1_600
QUALITY = 88
COVER = (345, 140)
COVER_SLACK = 0.02
EXTENSIONS: Mapping[str, str] = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
MEDIA_TYPES: Mapping[str, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
}
ENDS: Mapping[str, bytes] = {
    "PNG": b"\x00\x00\x00\x00IEND\xaeB`\x82",
    "JPEG": b"\xff\xd9",
}
MARKUP = (b"<svg", b"<html", b"<script", b"<!doctype", b"%pdf-", b"<?php")
HEAD_BYTES = 4_096
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
)
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

# One at a time in each process: a picture unpacked takes much more than its file.
_one_at_a_time = Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to keep. `name` is the hash of its octets and its ending.

    Units: pixels.
    """

    name: str
    body: bytes
    width: int
    height: int


def cover(body: bytes) -> Picture:
    """Make a cover, of 345 × 140, from a picture of those proportions.

    Raises: SubmissionRejectedError saying what to change.
    """
    with _one_at_a_time:
        image, form = _opened(body)
        width, height = image.size
        is_small = width < COVER[0] or height < COVER[1]
        wanted = COVER[0] / COVER[1]
        if is_small or abs(width / height / wanted - 1) > COVER_SLACK:
            raise SubmissionRejectedError(
                _(
                    "La portada mide %(width)d × %(height)d; debe medir 345 × 140, o "
                    "más con esa misma proporción. Recórtela y súbala otra vez.",
                    width=width,
                    height=height,
                )
            )
        return _made(image.resize(COVER), form)


def screenshot(body: bytes) -> Picture:
    """Make a screenshot, reduced where it is larger than a page shows.

    Raises: SubmissionRejectedError saying what to change.
    """
    with _one_at_a_time:
        image, form = _opened(body)
        image.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
        return _made(image, form)


def _opened(body: bytes) -> tuple[Image.Image, str]:
    """Give the pixels of a file, upright and without anything else."""
    if len(body) > MAX_BYTES:
        raise SubmissionRejectedError(_("La imagen pesa más de 4 MB. Redúzcala."))
    head = body[:HEAD_BYTES].lower()
    try:
        image = Image.open(BytesIO(body), formats=tuple(EXTENSIONS))
    except BOMBS as error:
        raise _too_large() from error
    except UNREADABLE as error:
        is_drawing = b"<svg" in head or b"<?xml" in head
        raise SubmissionRejectedError(
            _not_svg() if is_drawing else _not_one()
        ) from error
    form = image.format or ""
    _check_whole(body, head, form)
    _check_size(image)
    try:
        image.load()
        upright = ImageOps.exif_transpose(image)
        is_clear = "A" in upright.getbands() or "transparency" in upright.info
        pixels = upright.convert("RGBA" if is_clear and form != "JPEG" else "RGB")
    except UNREADABLE as error:
        raise SubmissionRejectedError(
            _(
                "La imagen está incompleta o dañada. Guárdela de nuevo y súbala "
                "otra vez."
            )
        ) from error
    pixels.info = {}
    return pixels, form


def _check_whole(body: bytes, head: bytes, form: str) -> None:
    """Refuse a file that is an image and something else besides."""
    if form == "WEBP":
        size = 8 + int.from_bytes(body[4:8], "little")
        ends_well = len(body) in (size, size + size % 2)
    else:
        ends_well = body.endswith(ENDS[form])
    if not ends_well or any(mark in head for mark in MARKUP):
        raise SubmissionRejectedError(
            _(
                "El archivo trae algo más que una imagen, así que no se acepta. Ábralo "
                "en un editor de imágenes, guárdelo de nuevo y suba ese."
            )
        )


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise _too_large()
    if getattr(image, "n_frames", 1) > 1:
        raise SubmissionRejectedError(
            _("La imagen tiene movimiento. Suba una fija (PNG, JPEG o WebP).")
        )


def _made(image: Image.Image, form: str) -> Picture:
    out = BytesIO()
    image.save(out, form, optimize=True, quality=QUALITY)
    body = out.getvalue()
    name = f"{hashlib.sha256(body).hexdigest()}.{EXTENSIONS[form]}"
    return Picture(name, body, *image.size)


def _too_large() -> SubmissionRejectedError:
    return SubmissionRejectedError(
        _("La imagen tiene demasiados píxeles: hasta 10 millones. Redúzcala.")
    )


def _not_svg() -> str:
    said: str = _(
        "Los dibujos SVG no se aceptan, porque pueden llevar programas. Expórtelo como "
        "PNG y súbalo."
    )
    return said


def _not_one() -> str:
    said: str = _("El archivo no es una imagen PNG, JPEG o WebP que se pueda leer.")
    return said
