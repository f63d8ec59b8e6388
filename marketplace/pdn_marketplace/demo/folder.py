"""The folder of the demonstration: whose it is, and empty at the start."""

import fcntl
import shutil
import tomllib
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

from pdn_marketplace.errors import DemoError
from pdn_sdk.settings import FILE

MARK = ".demostracion-pdn"
SAMPLE = Path("excel_file/sample/servidores.xlsx")


class DemoFolder:
    """A folder that is emptied, used by one demonstration, and left to be looked at."""

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self.path = path.resolve()
        self.logs = self.path / "registros"
        self.market = self.path / "mercado"
        self._lock = self.path / MARK

    def __enter__(self) -> Self:
        """Take the folder and empty it.

        Raises: DemoError for a folder that is somebody's, or in use.
        """
        if self.path.exists() and any(self.path.iterdir()) and not self._lock.exists():
            raise DemoError(
                f"La carpeta {self.path} tiene archivos que no son de la "
                "demostración y no se van a borrar. Muévala, o ejecute la "
                "demostración desde otra carpeta."
            )
        self.path.mkdir(parents=True, exist_ok=True)
        self._held = self._lock.open("a", encoding="ascii")
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._held.close()
            raise DemoError(
                f"Ya hay una demostración en marcha en {self.path}. Use esa, o "
                "deténgala con Ctrl+C en su terminal."
            ) from error
        self._empty()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the folder as it is, for the person to look at."""
        del kind, error, trace
        self._held.close()

    def project(self) -> Path:
        """Give the project that was generated inside: the one with settings."""
        return next(self.path.glob(f"*/{FILE}")).parent

    @staticmethod
    def source_of(project: Path) -> Path:
        """Give where a project reads its data from, as its settings say."""
        settings = tomllib.loads((project / FILE).read_text(encoding="utf-8"))
        return project / str(settings["source"]["path"])

    @staticmethod
    def workbook() -> Path:
        """Give the sample workbook of the connector, installed or in a checkout."""
        package = Path(str(files("pdn_sdk")))
        places = (package / "_connectors", package.parents[1] / "connectors")
        found = next((p / SAMPLE for p in places if (p / SAMPLE).is_file()), None)
        if found is None:
            raise DemoError(
                "La instalación no trae el libro de muestra; vuelva a instalar pdn-sdk."
            )
        return found

    def _empty(self) -> None:
        for inside in self.path.iterdir():
            if inside.is_dir():
                shutil.rmtree(inside)
            elif inside != self._lock:
                inside.unlink()
        self.logs.mkdir()
        self.market.mkdir(mode=0o700)
