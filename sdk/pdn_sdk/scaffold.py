"""A template and a few answers → a project folder.

Owns the names of projects and where the templates lie. The logic of a project
stays in the SDK, so what is generated is only wiring.
"""

import re
import shutil
import unicodedata
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from cookiecutter.exceptions import CookiecutterException
from cookiecutter.generate import generate_files

from pdn_sdk.collation import fold
from pdn_sdk.errors import ScaffoldError

MAX_NAME_CHARACTERS = 200
MAX_SLUG_CHARACTERS = 60
EXAMPLE_NAME = "Municipio de Ejemplo"
# Windows refuses these as folder names, whatever their extension.
_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in range(10)
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What a provider's template asks; one member for each of its variables."""

    name: str
    slug: str
    standard: str
    system: str
    standard_title: str
    source: str
    source_path: str
    sdk_version: str


def checked_name(name: str) -> str:
    """Give the institution's name with its blanks tidied.

    Raises: ScaffoldError for a name that cannot name a project; the message
    suggests one that can.
    """
    if any(unicodedata.category(c) in ("Cc", "Cs") and not c.isspace() for c in name):
        raise ScaffoldError(
            "El nombre tiene caracteres invisibles que dañarían los archivos. "
            f"Escríbalo de nuevo, por ejemplo: «{_suggestion(name)}»."
        )
    tidy = " ".join(name.split())
    if not tidy:
        raise ScaffoldError(
            "Falta el nombre de la institución. Escriba el oficial, "
            f"por ejemplo: «{EXAMPLE_NAME}»."
        )
    if len(tidy) > MAX_NAME_CHARACTERS:
        raise ScaffoldError(
            f"El nombre tiene {len(tidy)} caracteres y se admiten "
            f"{MAX_NAME_CHARACTERS}. Pruebe con «{_suggestion(tidy)}»."
        )
    if not _latin(tidy):
        raise ScaffoldError(
            f"«{tidy}» no tiene letras con las que nombrar la carpeta. "
            f"Escriba el nombre oficial, por ejemplo: «{EXAMPLE_NAME}»."
        )
    return tidy


def slug(name: str) -> str:
    """Give the folder name of an institution: `municipio-de-ejemplo`."""
    words = _latin(name)[:MAX_SLUG_CHARACTERS].rstrip("-")
    return f"{words}-pdn" if words in _DEVICES else words


def _latin(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(name).replace("ñ", "n")).strip("-")


def _suggestion(name: str) -> str:
    kept = "".join(c for c in name if c.isprintable())
    tidy = " ".join(kept.split())
    if len(tidy) > MAX_NAME_CHARACTERS:
        tidy = tidy[:MAX_NAME_CHARACTERS].rsplit(" ", 1)[0]
    return tidy if _latin(tidy) else EXAMPLE_NAME


def template_folder(name: str) -> Path:
    """Find a template inside the package, or beside it in a checkout.

    Raises: ScaffoldError where the installation lacks its templates.
    """
    package = Path(str(files("pdn_sdk")))
    places = (package / "_templates" / name, package.parents[1] / "templates" / name)
    for place in places:
        if (place / "cookiecutter.json").is_file():
            return place
    raise ScaffoldError(
        "La instalación de pdn-sdk no trae sus plantillas; vuelva a instalarla."
    )


def generate(answers: Answers, output: Path) -> Path:
    """Generate the project in a new folder inside `output`, and give its path.

    Raises: ScaffoldError where the folder exists already or cannot be written;
    nothing is left half made.
    """
    target = output / answers.slug
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
            repo_dir=template_folder("provider"),
            context={"cookiecutter": asdict(answers)},
            output_dir=output,
        )
        # pip compiles the templates' modules on installation.
        for compiled in target.rglob("__pycache__"):
            shutil.rmtree(compiled)
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
