"""A project beside the template of today: what would change, and changing it.

What its owner wrote is never touched: where both changed, the new text goes
beside the old one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from pdn_sdk.errors import ScaffoldError
from pdn_sdk.scaffold import seals
from pdn_sdk.scaffold.projects import Template, generate

BESIDE = "nuevo"


class Fate(StrEnum):
    """What an update does with a file."""

    CURRENT = "al día"
    ADDED = "se agrega"
    REPLACED = "se actualiza"
    KEPT = "tiene cambios suyos; no se toca"
    DIVERGED = "tiene cambios suyos y la plantilla también"
    REMOVED = "usted lo quitó; no se repone"


@dataclass(frozen=True, slots=True)
class Step:
    """A file of the template, as it is in the project and as it would be."""

    path: str
    fate: Fate
    present: str
    future: str

    @property
    def changes(self) -> bool:
        """Does the update write anything for it?"""
        return self.fate in {Fate.ADDED, Fate.REPLACED, Fate.DIVERGED}


@dataclass(frozen=True, slots=True)
class Update:
    """What an update would do. `since` is the template's version, if it is known."""

    project: Path
    since: str
    version: str
    steps: Sequence[Step]

    @classmethod
    def plan(
        cls, project: Path, template: Template, answers: Mapping[str, object]
    ) -> "Update":
        """Compare a project with what its template gives today.

        Raises: ConfigurationError where provider.toml cannot be read;
        ScaffoldError where the template cannot be followed.
        """
        since, marks = seals.read(project)
        with TemporaryDirectory() as folder:
            fresh = generate(template, answers, Path(folder))
            future = seals.files(fresh)
        steps = [
            _step(project / path, path, text, marks.get(path, ""))
            for path, text in future.items()
        ]
        return cls(project, since, str(answers["sdk_version"]), steps)

    def apply(self) -> Sequence[Path]:
        """Write the changes; give the files that were put beside an edited one.

        Raises: ScaffoldError where a file cannot be written.
        """
        beside = []
        try:
            for step in self.steps:
                path = self.project / step.path
                if step.fate is Fate.DIVERGED:
                    path = _free(path, step.future)
                    beside.append(path)
                if step.changes:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(step.future, encoding="utf-8")
            future = {step.path: step.future for step in self.steps}
            seals.write(self.project, self.version, future)
        except OSError as error:
            raise ScaffoldError(
                f"No se pudo escribir «{error.filename}»: revise el permiso y el "
                "espacio, y repita; lo suyo no se tocó."
            ) from error
        return beside


def _step(file: Path, path: str, future: str, mark: str) -> Step:
    present = file.read_text(encoding="utf-8") if file.is_file() else ""
    now, then = seals.seal(present), seals.seal(future)
    if not file.is_file():
        fate = Fate.REMOVED if mark else Fate.ADDED
    elif now == then:
        fate = Fate.CURRENT
    elif now == mark:
        fate = Fate.REPLACED
    else:
        fate = Fate.KEPT if then == mark else Fate.DIVERGED
    return Step(path, fate, present, future)


def _free(path: Path, text: str) -> Path:
    """Give a name beside a file that nobody uses, or that holds the same text."""
    return next(
        candidate
        for candidate in _names(path)
        if not candidate.exists() or candidate.read_text(encoding="utf-8") == text
    )


def _names(path: Path) -> Iterator[Path]:
    yield path.with_name(f"{path.name}.{BESIDE}")
    number = 2
    while True:
        yield path.with_name(f"{path.name}.{BESIDE}{number}")
        number += 1
