"""A template and a few answers → a project folder.

Owns the names of projects and where the templates lie. The logic of a project
stays in the SDK, so what is generated is only wiring.
"""

import json
import re
import shutil
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from cookiecutter.exceptions import CookiecutterException
from cookiecutter.generate import generate_files

from pdn_sdk.collation import fold
from pdn_sdk.errors import ScaffoldError
from pdn_sdk.scaffold import seals

MAX_NAME_CHARACTERS = 200
MAX_SLUG_CHARACTERS = 60
# Windows refuses these as folder names, whatever their extension.
_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in range(10)
}
# Controls, halves of characters, and the marks that turn text around on screen.
_INVISIBLE = ("Cc", "Cs", "Cf")
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Template:
    """A folder of templates, and the defaults of what it asks."""

    name: str
    folder: Path
    defaults: Mapping[str, str]

    @classmethod
    def find(cls, name: str) -> "Template":
        """Find a template inside the package, or beside it in a checkout.

        Raises: ScaffoldError where the installation lacks its templates.
        """
        package = Path(str(files("pdn_sdk")))
        for templates in (package / "_templates", package.parents[1] / "templates"):
            declared = templates / name / "cookiecutter.json"
            if declared.is_file():
                defaults = json.loads(declared.read_text(encoding="utf-8"))
                return cls(name, declared.parent, defaults)
        raise ScaffoldError(
            "La instalación de pdn-sdk no trae sus plantillas; vuelva a instalarla."
        )


def checked_name(name: str, example: str) -> str:
    """Give the name of an institution or connector with its blanks tidied.

    Raises: ScaffoldError for a name that cannot name a project; the message
    suggests one that can, `example` where nothing of the name can be kept.
    """
    if any(_is_invisible(c) for c in name):
        raise ScaffoldError(
            "El nombre tiene caracteres invisibles que dañarían los archivos. "
            f"Escríbalo de nuevo, por ejemplo: {_quoted(name, example)}"
        )
    tidy = " ".join(name.split())
    if not tidy:
        raise ScaffoldError(
            f"Falta el nombre. Escriba el oficial, por ejemplo: «{example}»."
        )
    if len(tidy) > MAX_NAME_CHARACTERS:
        raise ScaffoldError(
            f"El nombre tiene {len(tidy):,} caracteres y se admiten "
            f"{MAX_NAME_CHARACTERS}. Pruebe con: {_quoted(tidy, example)}"
        )
    if not _latin(tidy):
        raise ScaffoldError(
            f"«{tidy}» no tiene letras con las que nombrar la carpeta. "
            f"Escriba el nombre oficial, por ejemplo: «{example}»."
        )
    return tidy


def slug(name: str) -> str:
    """Give the folder name of an institution: `municipio-de-ejemplo`."""
    words = _latin(name)[:MAX_SLUG_CHARACTERS].rstrip("-")
    return f"{words}-pdn" if words in _DEVICES else words


def _latin(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(name).replace("ñ", "n")).strip("-")


def _is_invisible(character: str) -> bool:
    if character.isspace() or character == _JOINER:
        return False
    return unicodedata.category(character) in _INVISIBLE


def _quoted(name: str, example: str) -> str:
    """Quote what can be kept of a name; quotation marks would close it early."""
    kept = "".join(c for c in name if not _is_invisible(c) and c not in "«»")
    tidy = " ".join(kept.split())
    if len(tidy) > MAX_NAME_CHARACTERS:
        tidy = tidy[:MAX_NAME_CHARACTERS].rsplit(" ", 1)[0]
    return f"«{tidy if _latin(tidy) else example}»."


def generate(
    template: Template,
    answers: Mapping[str, object],
    output: Path,
    extra: Mapping[str, str] | None = None,
) -> Path:
    """Generate the project in a new folder inside `output`, and give its path.

    `answers` has one member for each variable of the template, `slug` among
    them; `extra` are more files, by path inside the project.
    Raises: ScaffoldError where the folder exists already or cannot be written;
    nothing is left half made.
    """
    target = output / str(answers["slug"])
    if target.exists():
        raise ScaffoldError(
            f"Ya existe «{target}» y no se va a sobrescribir. Use otro nombre, "
            f"por ejemplo «{_free_slug(target)}», o elija otra carpeta con "
            "--output-dir."
        )
    try:
        # The context goes in as it is: asking cookiecutter to fill in answers
        # would run whatever braces an institution's name holds as a template.
        generate_files(
            repo_dir=template.folder,
            context={"cookiecutter": dict(answers)},
            output_dir=output,
        )
        # pip compiles the templates' modules on installation.
        for compiled in target.rglob("__pycache__"):
            shutil.rmtree(compiled)
        seals.write(target, str(answers["sdk_version"]), seals.files(target))
        for name, text in (extra or {}).items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_text(text, encoding="utf-8")
    except (OSError, CookiecutterException) as error:
        shutil.rmtree(target, ignore_errors=True)
        raise ScaffoldError(
            f"No se pudo escribir el proyecto en «{target}»: revise que la carpeta "
            "exista, que tenga permiso de escritura y que haya espacio."
        ) from error
    return target


def _free_slug(target: Path) -> str:
    number = 2
    while target.with_name(f"{target.name}-{number}").exists():
        number += 1
    return f"{target.name}-{number}"
