"""Pages, API and searches for a crowd, beside what a bare Flask takes."""

from collections.abc import Mapping, Sequence

from tests.bench.machine import milliseconds, percentile, ratio
from tests.bench.market.crowd import Ask, Heard, again_and_again, crowd
from tests.bench.market.site import Measured
from tests.bench.page import Section, Table

BAR_PAGE_MS = 100.0
BAR_SEARCH_MS = 50.0
WARM_UP_S = 4.0
SHARE = 0.95
ALONE_TIMES = 60
TEXT = """\
{resources:,} recursos de {institutions:,} instituciones, {runs:,} pruebas guardadas
y su bitácora, en PostgreSQL; gunicorn con 2 procesos de 4 hilos. {users} personas a
la vez piden páginas al azar y leen de medio a un segundo y medio antes de pedir la
siguiente. «Flask» es la misma gente en el mismo servidor, con una respuesta fija de
20 kB. Las personas, el servidor y la base comparten los núcleos del equipo; por eso
la última tabla dice cuánto procesador ocupan el sitio y la base por cada página, que
no depende de cuántas personas la piden: se le pide {alone} veces, una tras otra."""
WORDS = (
    *("declaraciones", "jalisco", "contrato", "padron", "servidores", "sanciónados"),
    *(
        "licitacion oaxaca",
        "api",
        "conector 77",
        "transparencia",
        "xyzqwk",
        "institucion 9",
    ),
)


def measure_pages(site: Measured) -> Section:
    """Let the crowd in, and tell what each page took."""
    pages, searches = _pages(site), _searches()
    users, seconds = site.sizes.users, site.sizes.seconds
    crowd(site.address, [*pages, *searches], users, WARM_UP_S)
    floor = crowd(site.plain, [Ask("Flask", ("/",))], users, seconds / 2)
    heard = crowd(site.address, pages, users, seconds)
    found = crowd(site.address, searches, users, seconds)
    for each in (floor, heard, found):
        if each.refused:
            raise RuntimeError(f"refused: {each.refused[:5]}")
    least = percentile(floor.times["Flask"], SHARE)
    return Section(
        title="Páginas, API y búsquedas",
        text=TEXT.format(
            resources=site.sizes.resources,
            institutions=site.sizes.institutions,
            runs=site.sizes.runs,
            users=users,
            alone=ALONE_TIMES,
        ),
        tables=[
            *(_table(each, least) for each in (floor, heard, found)),
            _costs(site, [*pages, *searches]),
        ],
        bars=[
            _bar("Páginas y API", heard, BAR_PAGE_MS),
            _bar("Búsquedas", found, BAR_SEARCH_MS),
        ],
    )


def _pages(site: Measured) -> Sequence[Ask]:
    slugs = [f"conector-{n}" for n in range(1, site.sizes.resources, 7) if n % 60]
    reviewer = site.signed_in()
    waiting = [n for n in range(60, site.sizes.resources, 60)]
    return (
        Ask("Portada del catálogo", ("/",)),
        Ask("Catálogo con filtros", _filtered()),
        Ask("Un recurso", [f"/recursos/{s}" for s in slugs]),
        Ask("Estado de un recurso", [f"/recursos/{s}/estado" for s in slugs]),
        Ask("API: recursos", ("/api/v1/resources", "/api/v1/resources?system=s2")),
        Ask("API: un recurso", [f"/api/v1/resources/{s}" for s in slugs]),
        Ask("Insignia", [f"/api/v1/resources/{s}/badge.svg" for s in slugs]),
        Ask("Noticias (Atom)", ("/feed.atom",)),
        Ask("Fila de revisión", ("/revision",), reviewer),
        Ask("Conector en revisión", [f"/conectores/{n}" for n in waiting], reviewer),
    )  # fmt: skip


def _filtered() -> Sequence[str]:
    asked = [f"/?system=s{n}" for n in (1, 2, 3, 6)]
    asked += [f"/?technology={name}" for name in ("Python", "Docker", "PHP")]
    asked += [f"/?licence=MIT&sort={sort}" for sort in ("nombre", "recientes")]
    return [*asked, "/?verified=2026-05", "/?official=true", "/?sort=verificados"]


def _searches() -> Sequence[Ask]:
    def quoted(word: str) -> str:
        return word.replace(" ", "+").replace("ó", "%C3%B3")

    return (
        Ask("Buscar por la API", [f"/api/v1/resources?q={quoted(w)}" for w in WORDS]),
        Ask("Buscar en el catálogo", [f"/?q={quoted(w)}" for w in WORDS]),
    )


def _table(heard: Heard, least: float) -> Table:
    rows = [_row(name, times, least) for name, times in sorted(heard.times.items())]
    if len(rows) > 1:
        rows.append(_row("**Todo**", _all(heard.times), least))
    return Table(("Qué", "Veces", "p50, ms", "p95, ms", "p95 ÷ Flask"), rows)


def _row(name: str, times: Sequence[float], least: float) -> tuple[str, ...]:
    slow = percentile(times, SHARE)
    return (
        name,
        f"{len(times):,}",
        milliseconds(percentile(times, 0.5)),
        milliseconds(slow),
        ratio(slow, least),
    )


def _costs(site: Measured, asks: Sequence[Ask]) -> Table:
    """Tell the processor that each page takes, of the site and of the database."""
    rows, whole = [], 0.0
    for ask in sorted(asks, key=lambda each: each.name):
        before = site.busy_s()
        again_and_again(site.address, ask, ALONE_TIMES)
        after = site.busy_s()
        of_site, of_base = (
            (b - a) * 1000 / ALONE_TIMES for a, b in zip(before, after, strict=True)
        )
        whole += of_site + of_base
        rows.append(_cost(ask.name, of_site + of_base, of_base))
    rows.append(_cost("**Media**", whole / len(asks), None))
    return Table(("Qué", "Procesador por página, ms", "De la base, ms"), rows)


def _cost(name: str, whole_ms: float, base_ms: float | None) -> tuple[str, ...]:
    return name, f"{whole_ms:.1f}", "—" if base_ms is None else f"{base_ms:.1f}"


def _bar(name: str, heard: Heard, bar_ms: float) -> tuple[str, bool]:
    slow = percentile(_all(heard.times), SHARE)
    told = (
        f"{name}: p95 de {milliseconds(slow)} ms; la meta es {bar_ms:.0f} ms o menos."
    )
    return told, slow <= bar_ms


def _all(times: Mapping[str, Sequence[float]]) -> list[float]:
    return [each for some in times.values() for each in some]
