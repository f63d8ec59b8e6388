"""How each file of a project was when its template wrote it.

The marks are the last section of provider.toml, so that they travel with the
project. That file itself has none: it is its owner's from the first minute.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pdn_sdk.errors import ConfigurationError, broken_at

SETTINGS = "provider.toml"
SECTION = "template"
NOTE = "# Con esto «pdn update» sabe qué archivos no ha cambiado usted. No lo edite."


def files(project: Path) -> Mapping[str, str]:
    """Give the texts of a project's files by path, but for its settings."""
    return {
        path.relative_to(project).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(project.rglob("*"))
        if path.is_file() and path.name != SETTINGS
    }


def seal(text: str) -> str:
    """Give the mark of a text; how its lines end makes no difference."""
    plain = text.replace("\r\n", "\n").encode()
    return hashlib.sha256(plain).hexdigest()[:16]


def read(project: Path) -> tuple[str, Mapping[str, str]]:
    """Give the version of the template and the marks; empty where there are none.

    Raises: ConfigurationError where the settings cannot be read.
    """
    path = project / SETTINGS
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig")).get(SECTION, {})
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"No se puede leer «{path}».") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"«{path}» no es TOML válido: se rompe {broken_at(error)}."
        ) from error
    marks = found.get("files", {}) if isinstance(found, dict) else {}
    is_whole = isinstance(marks, dict) and marks
    return (str(found.get("version", "")), marks) if is_whole else ("", {})


def write(project: Path, version: str, texts: Mapping[str, str]) -> None:
    """Write the marks of some texts at the end of the settings, if there are any."""
    path = project / SETTINGS
    if not path.is_file():
        return
    lines = [NOTE, f"[{SECTION}]", f"version = {json.dumps(version)}"]
    lines.append(f"[{SECTION}.files]")
    lines += [f"{json.dumps(name)} = {json.dumps(seal(texts[name]))}" for name in texts]
    kept = _without_section(path.read_text(encoding="utf-8-sig"))
    path.write_text(f"{kept.rstrip()}\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


def _without_section(text: str) -> str:
    kept, is_ours = [], False
    for line in text.splitlines():
        if line == NOTE or line.startswith("["):
            is_ours = line == NOTE or line.startswith((f"[{SECTION}]", f"[{SECTION}."))
        if not is_ours:
            kept.append(line)
    return "\n".join(kept)
