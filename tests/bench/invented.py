"""Invented records, made once for all the measurements of a run."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson
from tests.bench.page import Bench

from pdn_sdk.standards.model import Dataset
from pdn_sdk.standards.synthetic import records

SEED = 7


def invented(bench: Bench, dataset: Dataset, count: int) -> Iterator[dict[str, Any]]:
    """Read the first `count` records of a dataset; make them if they are few."""
    path = bench.folder / f"{dataset.key}.{SEED}.jsonl"
    if not path.exists() or _lines(path.read_bytes()) < count:
        made = records(dataset, count, seed=SEED)
        path.write_bytes(b"".join(orjson.dumps(r) + b"\n" for r in made))
    with path.open("rb") as file:
        for line in islice(file, count):
            yield orjson.loads(line)


def _lines(content: bytes) -> int:
    return content.count(b"\n")
