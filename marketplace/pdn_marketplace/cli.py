"""The command `pdn-marketplace`: prepare, fill, serve and administer the site.

The only place of the marketplace that reads the environment. A verb imports
what it runs inside its function, so that `--help` answers at once.
"""

import os
import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, TypeVar

import click

from pdn_marketplace.config import SETTINGS, Config, create_keys, data_folder
from pdn_sdk import __version__
from pdn_sdk.cli.main import exit_code, speak_spanish
from pdn_sdk.errors import PdnError

if TYPE_CHECKING:
    from pdn_marketplace.db import Database

_Order = TypeVar("_Order", bound=Callable[..., object])
INDENT = "    "
ROLES = ("contributor", "reviewer", "administrator")


def _settings_help() -> str:
    told = (f"{s.variable}\n{_indented(s.help)}" for s in SETTINGS)
    return "\b\nVariables de entorno:\n" + "\n".join(told)


def _indented(text: str) -> str:
    return fill(text, 74, initial_indent=INDENT, subsequent_indent=INDENT)


@click.group(
    options_metavar="[opciones]",
    subcommand_metavar="ORDEN …",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_settings_help(),
)
@click.version_option(
    __version__,
    prog_name="pdn-marketplace",
    message="%(prog)s %(version)s",
    help="Muestra la versión.",
)
def group() -> None:
    """El mercado digital: catálogo, envío de conectores y su conformidad."""


@group.command(options_metavar="")
def init() -> None:
    """Crea la carpeta de datos, las llaves y la base de datos."""
    data = data_folder(os.environ)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    given = all(os.environ.get(s.variable) for s in SETTINGS if s.is_key)
    made = [] if given else create_keys(data)
    _database().migrate()
    click.echo(f"✓ Datos en {data}")
    for path in made:
        click.echo(f"✓ Llave nueva: {path} (respáldela; solo su usuario puede leerla)")
    click.echo("Siguiente paso: pdn-marketplace seed")


@group.command(options_metavar="")
def seed() -> None:
    """Carga los recursos oficiales, o corrige los que cambiaron."""
    from pdn_marketplace.catalog.seed import seed_catalog

    database = _database()
    database.migrate()
    with database.transaction() as session:
        outcome = seed_catalog(session, datetime.now(UTC))
    click.echo(
        f"✓ {outcome.official} recursos oficiales y {outcome.additions} adición: "
        f"{outcome.added} nuevos, {outcome.changed} corregidos, "
        f"{outcome.unchanged} sin cambios"
    )


def _option(
    name: str, metavar: str, usual: object, told: str
) -> Callable[[_Order], _Order]:
    """Give the decorator of an option that shows its usual value."""
    return click.option(
        name, metavar=metavar, default=usual, show_default=True, help=told
    )


@group.command(options_metavar="[opciones]")
@_option("--port", "NÚMERO", 8000, "Puerto.")
@_option("--host", "DIRECCIÓN", "127.0.0.1", "Interfaz.")
@_option("--workers", "NÚMERO", 2, "Procesos.")
def run(host: str, port: int, workers: int) -> None:
    """Sirve el sitio con gunicorn."""
    from gunicorn.app.base import (  # type: ignore[import-untyped]  # no stubs
        BaseApplication,
    )

    from pdn_marketplace.app import create_app
    from pdn_marketplace.submissions.live.streams import PLACES

    config = Config.load(os.environ)
    _database().migrate()

    class Site(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            self.cfg.set("bind", f"{host}:{port}")
            self.cfg.set("workers", workers)
            self.cfg.set("worker_class", "gthread")
            # The streams of runs never take the last threads.
            self.cfg.set("threads", 4 + PLACES)
            self.cfg.set("loglevel", "warning")
            self.cfg.set("proc_name", "pdn-marketplace")

        def load(self) -> object:
            return create_app(config)

    click.echo(f"✓ El sitio está en http://{host}:{port}  (Ctrl+C lo detiene)")
    Site().run()


@group.command(options_metavar="")
def worker() -> None:
    """Ejecuta las pruebas de conformidad que esperan en la cola."""
    from pdn_marketplace.administration.chain import Verifier
    from pdn_marketplace.administration.rules.jobs import Previewer
    from pdn_marketplace.submissions import jobs
    from pdn_marketplace.watch.jobs import Watcher

    config = Config.load(os.environ)
    click.echo("✓ El trabajador espera envíos  (Ctrl+C lo detiene)")
    jobs.work(
        config,
        steps=(Verifier.of(config).make_next, Previewer.of(config).make_next),
        each_minute=Watcher.of(config).work,
    )


@group.command(options_metavar="")
def watch() -> None:
    """Revisa ahora los conectores publicados que ya toca.

    El trabajador (worker) lo hace solo.
    """
    from pdn_marketplace.watch.jobs import Watcher

    done = Watcher.of(Config.load(os.environ)).go_round()
    click.echo(
        f"✓ {done.enlisted:,} conectores nuevos bajo vigilancia, {done.looks:,} "
        f"revisiones hechas, {done.runs:,} pruebas de conformidad en la fila"
    )


@group.command(options_metavar="[opciones]")
@click.option("--check", is_flag=True, help="Termina solo: 0 si es conforme.")
@_option("--port", "NÚMERO", 8000, "Puerto del sitio.")
def demo(check: bool, port: int) -> None:
    """Muestra todo: de un Excel a un dictamen, en la carpeta demo."""
    from pdn_marketplace.demo.run import run_demo

    sys.exit(run_demo(Path("demo"), os.environ, port=port, is_check=check))


_readable = click.Path(exists=True, dir_okay=False, path_type=Path)


@group.command("verify", options_metavar="[opciones]")
@click.argument("statement", metavar="CONSTANCIA", type=_readable)
@click.option(
    "--keys",
    metavar="ARCHIVO",
    required=True,
    type=_readable,
    help="Llaves públicas (PEM).",
)
@click.option(
    "--report",
    metavar="ARCHIVO",
    type=_readable,
    help="El reporte en JSON, para compararlo.",
)
def verify_statement(statement: Path, keys: Path, report: Path | None) -> None:
    """Comprueba sin red que un dictamen es auténtico.

    Termina con 0 si lo es y con 1 si no.
    """
    import orjson

    from pdn_marketplace.submissions.proof import seals

    try:
        document = orjson.loads(statement.read_bytes())
        holds = seals.holds_offline(
            document,
            keys.read_text(encoding="ascii"),
            report.read_bytes() if report else b"",
        )
        told = document["statement"]
    except (ValueError, KeyError, TypeError) as error:
        raise click.UsageError(
            "Alguno de los archivos no es lo que se esperaba: la constancia es el JSON "
            "que da el sitio, y las llaves, su archivo keys.pem."
        ) from error
    if not holds:
        click.secho(
            "✗ No es auténtico: la firma no es de esas llaves, o alguien cambió la "
            "constancia o el reporte. No lo acepte.",
            fg="red",
            err=True,
        )
        sys.exit(1)
    click.echo(f"✓ Auténtico: {told['code']}, {told['connector']}")
    click.echo(f"  {told['sentence']}")
    click.echo(f"  Si sigue vigente se sabe en {told['issuer']}/verify/{told['code']}")


@group.group(options_metavar="", subcommand_metavar="ORDEN …")
def user() -> None:
    """Administra las cuentas."""


@user.command("add", options_metavar="[opciones]")
@click.argument("email", metavar="CORREO")
@click.option("--role", type=click.Choice(ROLES), default=ROLES[0], help="Papel.")
@click.option(
    "--name",
    metavar="TEXTO",
    default="",
    help="Nombre; si falta, el inicio del correo.",
)
@click.option("--organization", metavar="TEXTO", default="", help="Institución.")
@click.option("--password-stdin", is_flag=True, help="Lee la contraseña de la entrada.")
def add(
    email: str, role: str, name: str, organization: str, password_stdin: bool
) -> None:
    """Crea una cuenta; sin --password-stdin genera la contraseña."""
    from pdn_marketplace.accounts import service
    from pdn_marketplace.security import Role

    password = _password(password_stdin, (email, name, organization))
    with _database().transaction() as session:
        account = service.add_user(
            session,
            datetime.now(UTC),
            email=_checked_email(email),
            name=name,
            organization=organization,
            role=Role(role),
            password=password,
        )
    click.echo(f"✓ Cuenta {account.email} con el papel {role}")
    _show_password(password, password_stdin)


@user.command("password", options_metavar="[opciones]")
@click.argument("email", metavar="CORREO")
@click.option("--password-stdin", is_flag=True, help="Lee la contraseña de la entrada.")
def password(email: str, password_stdin: bool) -> None:
    """Cambia la contraseña de una cuenta y cierra sus sesiones."""
    from pdn_marketplace.accounts import service

    new = _password(password_stdin, (email,))
    with _database().transaction() as session:
        service.reset_password(session, email=email, new=new)
    click.echo(f"✓ Contraseña nueva para {email}")
    _show_password(new, password_stdin)


@user.command("reset-factor", options_metavar="")
@click.argument("email", metavar="CORREO")
def reset_factor(email: str) -> None:
    """Quita el segundo factor de quien perdió su teléfono.

    Al entrar se le pedirá otro.
    """
    from pdn_marketplace.accounts import factor

    with _database().transaction() as session:
        factor.reset(session, email)
    click.echo(f"✓ {email} activará un segundo factor nuevo la próxima vez que entre")


@group.group(options_metavar="", subcommand_metavar="ORDEN …")
def audit() -> None:
    """Revisa la bitácora."""


@audit.command(options_metavar="")
def verify() -> None:
    """Comprueba que nadie haya cambiado ni quitado líneas de la bitácora."""
    from pdn_marketplace.submissions.audit import verify as verify_log

    with _database().transaction() as session:
        found = verify_log(session)
    if found.broken_at is not None:
        click.secho(
            f"✗ La bitácora se rompe en la línea {found.broken_at}: alguien la cambió "
            f"o quitó líneas. Las {found.lines:,} anteriores están íntegras. Conserve "
            "esta base de datos y compárela con su último respaldo.",
            fg="red",
            err=True,
        )
        sys.exit(1)
    click.echo(f"✓ Bitácora íntegra: {found.lines:,} líneas")
    click.echo(f"  Última huella (guárdela en otro lugar): {found.head}")


@group.command(options_metavar="")
@click.argument("target", metavar="ARCHIVO", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Respalda todo en un archivo .tar.gz, llaves incluidas.

    El sitio puede seguir encendido.
    """
    from pdn_marketplace.administration.backup import save

    done = save(Config.load(os.environ), target)
    click.echo(f"✓ {target}: {done.files:,} archivos, {done.size / 1e6:,.1f} MB")
    for name in done.keys:
        click.echo(f"  Lleva la llave {name}")
    if not done.keys:
        click.echo("  No lleva llaves: están en las variables de entorno.")
    click.echo("  Quien lo tenga puede abrir las credenciales: guárdelo bajo llave.")


@group.command(options_metavar="[opciones]")
@click.argument("source", metavar="ARCHIVO", type=_readable)
@click.option("--yes", is_flag=True, help="No pregunta.")
def restore(source: Path, yes: bool) -> None:
    """Vuelve a un respaldo.

    Detenga antes el sitio y el trabajador.
    """
    from pdn_marketplace.administration import backup

    data = data_folder(os.environ)
    asked = f"¿Detuvo el sitio y el trabajador? Se reemplazará lo de {data}"
    if not yes and not click.confirm(asked):
        raise click.Abort
    done, aside = backup.restore(data, source, datetime.now(UTC))
    _database().migrate()
    click.echo(f"✓ {done.files:,} archivos en {data}, con {len(done.keys)} llaves")
    if aside:
        click.echo(f"  Lo que había quedó en {aside}; bórrelo cuando ya no haga falta.")


def _database() -> "Database":
    from pdn_marketplace.db import Database

    return Database(Config.load(os.environ).database_url)


def _checked_email(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        # Addresses of tests and demonstrations (….test) are welcome here.
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise click.BadParameter(
            f"«{text}» no es un correo; escriba uno como nombre@institucion.gob.mx"
        ) from error
    return found.normalized


def _password(is_given: bool, personal: tuple[str, ...]) -> str:
    from pdn_marketplace.accounts.passwords import weakness

    if not is_given:
        return secrets.token_urlsafe(15)
    given = sys.stdin.readline().rstrip("\r\n")
    fault = weakness(given, personal)
    if fault:
        raise click.UsageError(f"La contraseña no sirve. {fault}")
    return given


def _show_password(password: str, is_given: bool) -> None:
    if not is_given:
        click.echo(f"  Contraseña (no se vuelve a mostrar): {password}")


def main() -> None:
    """Run the command; say an error in Spanish and leave with its code."""
    speak_spanish()
    try:
        group(standalone_mode=True, prog_name="pdn-marketplace")
    except PdnError as error:
        click.secho(f"✗ {error.message}", fg="red", err=True)
        sys.exit(exit_code(error))


if __name__ == "__main__":
    main()
