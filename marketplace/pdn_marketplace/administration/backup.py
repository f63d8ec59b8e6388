"""One file with all the state of an embedded site, and the way back from it.

SQLite is copied while the site runs, by its own backup; everything else in the data
folder is copied as it is, keys included. What the queue holds is not: the table of
runs is the queue, and the worker finds it by itself.
"""

import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from pdn_marketplace.config import Config
from pdn_sdk.errors import ConfigurationError, StorageError

DATABASE = "marketplace.db"
KEYS = "keys"
LEFT_OUT = ("queue.db", DATABASE)
BESIDE = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Backup:
    """What a file has: how many files, the keys among them, and its size in bytes."""

    files: int
    keys: Sequence[str]
    size: int


def save(config: Config, target: Path) -> Backup:
    """Write a backup, readable by its owner only; the site may be running.

    Raises: ConfigurationError for a database of another kind, saying what to run;
    StorageError where the file cannot be written.
    """
    source = _database(config, target)
    try:
        target.touch(mode=0o600)
        target.chmod(0o600)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            copy = Path(folder) / DATABASE
            with (
                closing(sqlite3.connect(source)) as live,
                closing(sqlite3.connect(copy)) as kept,
            ):
                live.backup(kept)
            others = _others(config.data, target)
            with tarfile.open(target, "w:gz") as archive:
                archive.add(copy, DATABASE)
                for path in others:
                    archive.add(path, str(path.relative_to(config.data)))
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"No se pudo respaldar en {target}: revise que la carpeta exista, que haya "
            "espacio y que su usuario pueda escribir en ella."
        ) from error
    names = [str(path.relative_to(config.data)) for path in others]
    keys = [name for name in names if name.startswith(f"{KEYS}/")]
    return Backup(1 + len(names), keys, target.stat().st_size)


def restore(data: Path, source: Path, now: datetime) -> tuple[Backup, Path | None]:
    """Put a backup in the data folder; give it and where what there was lies now.

    Nothing moves until the whole backup has been read and its database is found
    sound. Raises: StorageError, with the folder as it was.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=data.parent) as made:
        folder = Path(made)
        names = _unpacked(source, folder)
        _check(folder / DATABASE)
        aside = _put_aside(data, now)
        for entry in folder.iterdir():
            shutil.move(entry, data / entry.name)
    keys = [name for name in names if name.startswith(f"{KEYS}/")]
    return Backup(len(names), keys, source.stat().st_size), aside


def _database(config: Config, target: Path) -> Path:
    """Give the file of an embedded database.

    Raises: ConfigurationError for a server, with the line that backs it up.
    """
    url = make_url(config.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(url.database)
    # Without its driver, pg_dump reads the same address; a password is asked for.
    address = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database
    ).render_as_string()
    dump = target.with_suffix(".dump")
    raise ConfigurationError(
        "La base de datos es un servidor y se respalda con sus herramientas. Ejecute: "
        f"pg_dump --format=custom --file={dump} '{address}' "
        f"y copie aparte las llaves de {config.data / KEYS}: sin ellas no se abren las "
        "credenciales ni se firma. Para volver: pg_restore --clean --dbname="
        f"'{address}' {dump}"
    )


def _others(data: Path, target: Path) -> list[Path]:
    skipped = {name + end for name in LEFT_OUT for end in BESIDE}
    return sorted(
        path
        for path in data.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and path.resolve() != target.resolve()
        and str(path.relative_to(data)) not in skipped
        and not path.relative_to(data).parts[0].startswith("antes-de-restaurar")
    )


def _unpacked(source: Path, folder: Path) -> list[str]:
    try:
        with tarfile.open(source, "r:gz") as archive:
            archive.extractall(folder, filter="data")
            names = [member.name for member in archive if member.isfile()]
    except (OSError, tarfile.TarError, EOFError) as error:
        raise StorageError(
            f"{source} no es un respaldo, o está incompleto. No se cambió nada."
        ) from error
    if DATABASE not in names:
        raise StorageError(
            f"A {source} le falta la base de datos ({DATABASE}): no es un respaldo de "
            "este sitio. No se cambió nada."
        )
    return names


def _check(database: Path) -> None:
    try:
        with closing(sqlite3.connect(database)) as opened:
            (said,) = opened.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error:
        said = ""
    if said != "ok":
        raise StorageError(
            "La base de datos del respaldo está dañada. Use otro respaldo; no se "
            "cambió nada."
        )


def _put_aside(data: Path, now: datetime) -> Path | None:
    there = [p for p in data.iterdir() if not p.name.startswith("antes-de-restaurar")]
    if not there:
        return None
    aside = data / f"antes-de-restaurar-{now:%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    for path in there:
        shutil.move(path, aside / path.name)
    return aside
