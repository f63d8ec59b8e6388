"""Checking a project where it lies: its provider starts, is put to the test, stops.

What `pdn check --local` and the tests of a generated project run.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from pdn_sdk.conformance import runner
from pdn_sdk.conformance.report import Report
from pdn_sdk.conformance.runner import Progress
from pdn_sdk.conformance.target import Options, Target
from pdn_sdk.errors import ConfigurationError
from pdn_sdk.provider.access import issue
from pdn_sdk.provider.app import close_provider, create_provider
from pdn_sdk.provider.credentials import CredentialStore, Issued
from pdn_sdk.provider.oauth.routes import token_paths
from pdn_sdk.provider.serving import running
from pdn_sdk.settings import ProviderSettings
from pdn_sdk.standards import loader
from pdn_sdk.standards.model import Dataset, Standard
from pdn_sdk.standards.synthetic import records
from pdn_sdk.storage.sql import RecordStore

SYNTHETIC_RECORDS = 300

__all__ = ["check_local", "published"]


def check_local(
    folder: Path,
    *,
    synthetic: bool = False,
    standard: str | None = None,
    options: Options | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Report:
    """Put the provider of a project to the test on a free port, and give the report.

    The credential is made for the run and thrown away with it. `synthetic` uses
    invented records in a database of the run's own instead of the project's
    data. `standard` says which one, where the project publishes several;
    `environ` overrides the project's settings as the process's environment does.
    Raises: ConfigurationError where the project has no data yet, or publishes
    several standards and none was chosen.
    """
    settings = ProviderSettings.load(folder, environ or {})
    chosen = published(folder, standard, environ=environ)
    with tempfile.TemporaryDirectory(prefix="pdn-local-") as name:
        settings = _apart(settings, Path(name), synthetic=synthetic)
        if synthetic:
            _invent(settings)
        else:
            _expect_data(settings, chosen)
        issued = _credential(settings, chosen)
        app = create_provider(settings)
        try:
            with running(app) as base:
                target = _target(chosen, base, issued)
                return runner.run(target, options, on_progress=on_progress)
        finally:
            close_provider(app)


def published(
    folder: Path, key: str | None = None, *, environ: Mapping[str, str] | None = None
) -> Standard:
    """Give the standard that a project publishes, or the one with that key.

    Raises: ConfigurationError where it does not publish it, or several and none
    was chosen.
    """
    keys = ProviderSettings.load(folder, environ or {}).standards
    if key is None and len(keys) == 1:
        key = keys[0]
    if key is None or key not in keys:
        raise ConfigurationError(
            "Diga cuál de los estándares de este proyecto se prueba, con --standard: "
            f"{', '.join(keys)}."
        )
    return loader.get(key)


def _apart(
    settings: ProviderSettings, folder: Path, *, synthetic: bool
) -> ProviderSettings:
    """Give settings that leave the project as it was: credentials, logs, HSTS."""
    return replace(
        settings,
        database=folder / "provider.db" if synthetic else settings.database,
        credentials=folder / "credenciales.db",
        signing_key="",
        public_url="",
        trusted_proxies=0,
        access_log=False,
    )


def _invent(settings: ProviderSettings) -> None:
    """Load invented records of every dataset that the project publishes."""
    datasets = _datasets(settings)
    store = RecordStore.open(
        settings.database, datasets, publish_reserved=settings.publish_reserved
    )
    try:
        for dataset in datasets:
            with store.load(dataset) as load:
                for record in records(dataset, SYNTHETIC_RECORDS):
                    load.put(record)
    finally:
        store.close()


def _expect_data(settings: ProviderSettings, standard: Standard) -> None:
    """Raise ConfigurationError where nothing has been loaded; make no file."""
    loaded = False
    if not isinstance(settings.database, Path) or settings.database.exists():
        store = RecordStore.open(
            settings.database,
            _datasets(settings),
            publish_reserved=settings.publish_reserved,
        )
        try:
            loaded = any(store.count(dataset) for dataset in standard.datasets)
        finally:
            store.close()
    if not loaded:
        raise ConfigurationError(
            f"Este proyecto todavía no tiene datos cargados del {standard.system}, así "
            "que no hay qué probar. Ejecute «pdn load»; para ensayar con personas "
            "inventadas, ejecute antes «pdn demo-data»."
        )


def _datasets(settings: ProviderSettings) -> list[Dataset]:
    return [d for key in settings.standards for d in loader.get(key).datasets]


def _credential(settings: ProviderSettings, standard: Standard) -> Issued:
    """Issue an ordinary credential: the suite must see what the PDN sees."""
    store = CredentialStore.open(settings.credentials)
    try:
        return issue(store, "pruebas", [standard])
    finally:
        store.close()


def _target(standard: Standard, base: str, issued: Issued) -> Target:
    if issued.token is not None:
        return Target(standard.key, base, token=issued.token)
    return Target(
        standard.key,
        base,
        token_url=base + token_paths([standard])[0],
        client_id=issued.client_id,
        client_secret=issued.client_secret,
        username=issued.username,
        password=issued.password,
    )
