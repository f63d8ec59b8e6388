"""`python -m tests.bench.market`: measure the marketplace of the country.

Writes docs/reference/benchmarks-marketplace.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text
from tests.bench.machine import calibration, described
from tests.bench.market.pages import measure_pages
from tests.bench.market.site import Measured, measured_site
from tests.bench.market.sizes import COUNTRY, SMALL
from tests.bench.market.soak import measure_soak
from tests.bench.market.watching import measure_watch
from tests.bench.page import Section, written

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "benchmarks-marketplace.md"
SECTIONS: Mapping[str, Callable[[Measured], Section]] = {
    "pages": measure_pages,
    "watch": measure_watch,
    "soak": measure_soak,
}


def main() -> None:
    given = _arguments()
    sizes = SMALL if given.small else COUNTRY
    changed = {"users": given.users, "seconds": given.seconds, "soak": given.soak}
    sizes = replace(sizes, **{k: v for k, v in changed.items() if v is not None})
    before, sections = calibration(), []
    with tempfile.TemporaryDirectory(prefix="pdn-bench-") as name:
        _tell("… PostgreSQL, Redis, y el sitio lleno")
        with measured_site(Path(name), sizes) as site:
            for key in given.only:
                _tell(f"… {key}")
                sections.append(SECTIONS[key](site))
                # Written each time: a long run that is cut off leaves what it has.
                machine = [*described(before, calibration()), _version(site)]
                page = written(
                    sections,
                    machine,
                    title="Mediciones del Mercado Digital",
                    order="make bench-marketplace",
                )
                given.output.write_text(page, encoding="utf-8")
    _tell(page)
    _tell(f"✓ {given.output}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.market", description=__doc__
    )
    parser.add_argument("--small", action="store_true", help="About a minute.")
    parser.add_argument("--users", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--soak", type=int, help="Submissions while workers die.")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--output", type=Path, default=PAGE)
    return parser.parse_args()


def _version(site: Measured) -> str:
    with site.database.transaction() as session:
        return f"PostgreSQL {session.scalar(text('SHOW server_version'))}."


def _tell(said: str) -> None:
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
