"""The demonstration, step by step: what is done, in the order of a person."""

import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from pdn_marketplace.demo.folder import DemoFolder
from pdn_marketplace.demo.processes import LOOPBACK, Processes, free_port
from pdn_marketplace.demo.visitor import Person, Visitor
from pdn_marketplace.demo.voice import Ending, Voice
from pdn_marketplace.errors import DemoError
from pdn_sdk.conformance.results import Verdict

INSTITUTION = "H. Ayuntamiento de San Jerónimo de los Encinos"
PROVIDER_PORT = 8081
PROVIDER, SITE, WORKER = "El proveedor", "El mercado", "El trabajador"
OFFICIAL = 22
STEPS = 6
EACH_S = 1.0


class Story:
    """One demonstration, with its folder, its processes and its voice."""

    def __init__(
        self, folder: DemoFolder, processes: Processes, voice: Voice, port: int
    ) -> None:
        """Choose the ports and the passwords; nothing is started yet."""
        self._folder = folder
        self._processes = processes
        self._voice = voice
        self._port = free_port(port)
        if self._port != port:
            voice.note(f"El puerto {port} está ocupado; se usa el {self._port}.")
        self._provider_port = free_port(max(PROVIDER_PORT, self._port + 1))
        self._people = tuple(_people())
        self._settings = {
            "PDN_MARKETPLACE_DATA": str(folder.market),
            "PDN_MARKETPLACE_PUBLIC_URL": self.site,
            # What is submitted here is on this machine, and one person tries it.
            "PDN_MARKETPLACE_ALLOW_PRIVATE_TARGETS": "1",
            "PDN_MARKETPLACE_APPROVALS": "1",
            "PDN_MARKETPLACE_SECOND_FACTOR": "0",
        }

    @property
    def site(self) -> str:
        """The address of the marketplace."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def provider(self) -> str:
        """The address of the institution's API."""
        return f"http://{LOOPBACK}:{self._provider_port}"

    def tell(self) -> Ending:
        """Do and tell all of it.

        Raises: DemoError for a step that does not come out.
        """
        project = self._scaffold()
        tray = self._load(project)
        credentials = self._publish(project)
        self._open_the_site()
        visitor, connector, run_id = self._submit(credentials)
        run = self._follow(visitor, run_id)
        if run["verdict"] == Verdict.CONFORMANT:
            visitor.press(f"/conectores/{connector}/enviar")
        return self._ending(run, connector, tray)

    def watch(self) -> None:
        """Keep everything running; ends only by an interruption.

        Raises: DemoError when one of the servers ends by itself.
        """
        while True:
            self._processes.check()
            time.sleep(EACH_S)

    def _scaffold(self) -> Path:
        with self._voice.step("Un proyecto para la institución"):
            self._voice.order("pdn new --system s2 --source excel_file …")
            self._processes.run(
                [
                    "pdn", "new", "--system", "s2", "--name", INSTITUTION,
                    "--source", "excel_file", "--no-input",
                    "--output-dir", str(self._folder.path),
                ],
                self._folder.path,
            )  # fmt: skip
            project = self._folder.project()
            files = sum(path.is_file() for path in project.rglob("*"))
            self._voice.good(f"{files} archivos en {self._voice.path(project)}")
            workbook = self._folder.source_of(project)
            workbook.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self._folder.workbook(), workbook)
            self._voice.good(f"Su Excel, como lo lleva: {self._voice.path(workbook)}")
        return project

    def _load(self, project: Path) -> Path | None:
        with self._voice.step("Del Excel a la base de datos, fila por fila"):
            self._voice.order("pdn map --write")
            mapped = self._processes.run(["pdn", "map", "--write", "--force"], project)
            sure = mapped.output.count("segura")
            self._voice.good(f"{sure} columnas reconocidas, sin escribir código")
            self._voice.order("pdn load")
            # Rows to be put right are no failure of the command: it says 1.
            loaded = self._processes.run(
                ["pdn", "load", "--json"], project, accepted=(0, 1)
            )
            report = orjson.loads(loaded.output)
            self._voice.load(report)
            if not report["loaded"]:
                raise DemoError("No se cargó ninguna fila del libro de muestra.")
        return Path(report["tray"]).resolve() if report["tray"] else None

    def _publish(self, project: Path) -> Mapping[str, Any]:
        with self._voice.step("La API de la institución"):
            self._voice.order("pdn client add PDN")
            added = self._processes.run(
                ["pdn", "client", "add", "PDN", "--json"], project
            )
            credentials: Mapping[str, Any] = orjson.loads(added.output)
            self._voice.good("Credenciales nuevas; en disco queda sólo su huella")
            self._voice.order(f"pdn serve --port {self._provider_port}")
            self._processes.serve(
                PROVIDER, ["pdn", "serve", "--port", str(self._provider_port)], project
            )
            self._processes.wait_for(PROVIDER, f"{self.provider}/readyz")
            self._voice.good(f"Responde en {self.provider}")
        return credentials

    def _open_the_site(self) -> None:
        with self._voice.step("El Mercado Digital"):
            self._voice.order("pdn-marketplace init && pdn-marketplace seed")
            self._market("init")
            self._market("seed")
            for person in self._people:
                self._market(
                    "user", "add", person.email, "--role", person.role,
                    "--name", person.name, "--organization", person.organization,
                    "--password-stdin", typed=person.password + "\n",
                )  # fmt: skip
            self._voice.order(f"pdn-marketplace run --port {self._port}")
            self._serve(SITE, "run", "--port", str(self._port), "--workers", "1")
            self._voice.order("pdn-marketplace worker")
            self._serve(WORKER, "worker")
            self._processes.wait_for(SITE, f"{self.site}/healthz")
            listed = Visitor(self.site).get("/api/v1/resources?official=true")
            if listed["total"] != OFFICIAL:
                raise DemoError(
                    f"El catálogo muestra {listed['total']} recursos oficiales y "
                    f"son {OFFICIAL}."
                )
            self._voice.good(f"{OFFICIAL} recursos oficiales en {self.site}")

    def _submit(self, credentials: Mapping[str, Any]) -> tuple[Visitor, int, int]:
        with self._voice.step("El envío del conector, como colaboradora"):
            contributor = self._people[0]
            visitor = Visitor(self.site)
            visitor.sign_in(contributor)
            given = ("client_id", "client_secret", "username", "password")
            made = visitor.post(
                "/api/v1/connectors",
                {
                    **_listing(contributor),
                    "base_url": self.provider,
                    **{name: str(credentials[name]) for name in given},
                },
            )
            self._voice.good("Enviado, con su secreto cifrado")
            run = visitor.post(f"/api/v1/connectors/{made['id']}/runs")
            self._voice.good("La prueba de conformidad está en la fila")
        return visitor, int(made["id"]), int(run["id"])

    def _follow(self, visitor: Visitor, run_id: int) -> Mapping[str, Any]:
        with self._voice.step("Las pruebas de conformidad", has_bar=True):
            run = self._voice.progress(self._standings(visitor, run_id))
            if not run["verdict"]:
                raise DemoError(
                    f"La prueba no dio un dictamen: {run['message'] or run['said']}"
                )
        return run

    def _standings(self, visitor: Visitor, run_id: int) -> Iterator[Mapping[str, Any]]:
        while True:
            self._processes.check()
            run = visitor.get(f"/api/v1/runs/{run_id}")
            yield run
            if run["is_over"]:
                return
            time.sleep(EACH_S)

    def _ending(
        self, run: Mapping[str, Any], connector: int, tray: Path | None
    ) -> Ending:
        addresses = {
            "Mercado Digital": f"{self.site}/",
            "Dictamen": f"{self.site}/pruebas/{run['id']}",
            "Conector": f"{self.site}/conectores/{connector}",
            "Por revisar": f"{self.site}/revision",
            "API": f"{self.provider}/docs",
        }
        verdict = Verdict(run["verdict"])
        return Ending(
            verdict=verdict,
            sentence=run["sentence"],
            summary=run["summary"],
            addresses=addresses,
            people=self._people,
            tray=tray,
        )

    def _market(self, *words: str, typed: str = "") -> None:
        command = ["pdn-marketplace", *words]
        self._processes.run(
            command, self._folder.path, settings=self._settings, typed=typed
        )

    def _serve(self, name: str, *words: str) -> None:
        command = ["pdn-marketplace", *words]
        self._processes.serve(name, command, self._folder.path, settings=self._settings)


def _people() -> Iterator[Person]:
    told = (
        ("colaboradora@ejemplo.gob.mx", "Laura Méndez", INSTITUTION, "contributor"),
        (
            "revisora@ejemplo.gob.mx",
            "Rosa Aguilar",
            "Secretaría Ejecutiva",
            "reviewer",
        ),
    )
    for email, name, organization, role in told:
        yield Person(email, name, organization, role, secrets.token_urlsafe(12))


def _listing(contributor: Person) -> Mapping[str, str]:
    return {
        "name": "Servidores públicos en contrataciones de San Jerónimo",
        "abstract": "Quiénes intervienen en las contrataciones del municipio.",
        "description": (
            "API del Sistema 2 generada con pdn-sdk a partir del libro de Excel de la "
            "Oficialía Mayor. Los datos son inventados, para la demostración."
        ),
        "institution": contributor.organization,
        "maintainer": "Dirección de Informática",
        "licence": "MIT",
        "standard": "s2",
        "environment": "development",
        "contact_email": contributor.email,
    }
