"""`python -m tests.bench`: measure, and write docs/reference/benchmarks.md."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench.conformance import measure_check
from tests.bench.large_page import measure_large_page
from tests.bench.loading import measure_loading
from tests.bench.machine import calibration, described
from tests.bench.page import Bench, Measure, written
from tests.bench.projects import measure_generation
from tests.bench.search import measure_search

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "benchmarks.md"
SECTIONS: dict[str, Measure] = {
    "search": measure_search,
    "load": measure_loading,
    "page": measure_large_page,
    "new": measure_generation,
    "check": measure_check,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--output", type=Path, default=PAGE)
    given = parser.parse_args()
    before = calibration()
    sections = []
    with tempfile.TemporaryDirectory(prefix="pdn-bench-") as name:
        for key in given.only:
            _tell(f"… {key}")
            bench = Bench(Path(name), given.records, given.seconds, given.tries, _tell)
            sections.append(SECTIONS[key](bench))
            # Written each time: a long run that is cut off leaves what it has.
            page = written(sections, described(before, calibration()))
            given.output.write_text(page, encoding="utf-8")
    _tell(page)
    _tell(f"✓ {given.output}")


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
