"""Reads open contracting data: release packages, record packages, releases.

Of each contracting process one release is given: the compiled one of a record,
or else the latest. Nothing is kept in memory but the identifiers of a file that
repeats them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from pdn_sdk.ingest import (
    Request,
    SkippedRow,
    SourceRow,
    Table,
)

from .stream import Stream

HEADERS = ("ocid", "Publicación")
SEARCHED_BYTES = 1 << 22
OVERLAP_BYTES = 1 << 9
MOST_TOLD = 100
_OCID = re.compile(rb'"ocid"\s*:\s*"([^"]*)"')

Release = Mapping[str, object]


class OcdsFile:
    """The connector."""

    def read(self, request: Request) -> Table:
        """Open the file and give one row for each contracting process."""
        path = request.file()
        stream = Stream(path)
        latest = _latest(path)
        skipped: list[SkippedRow] = []
        notices: list[str] = []
        return Table(
            HEADERS,
            _rows(stream, latest, skipped, notices),
            name=path.name,
            skipped=skipped,
            notices=notices,
            fraction_read=stream.fraction_read,
        )


def _rows(
    stream: Stream,
    latest: Mapping[str, int] | None,
    skipped: list[SkippedRow],
    notices: list[str],
) -> Iterator[SourceRow]:
    older = linked = 0
    for number, read in enumerate(stream.values(), start=1):
        release, text = _released(*read)
        if release is None:
            linked += 1
            if linked <= MOST_TOLD:
                reason = "sólo enlaza a sus publicaciones, no las trae"
                skipped.append(SkippedRow(number, reason, text[:80]))
            continue
        ocid = release.get("ocid") if isinstance(release, Mapping) else None
        name = ocid if isinstance(ocid, str) else ""
        if latest is not None and latest.get(name, number) != number:
            older += 1
            continue
        yield SourceRow(number, (name, text))
    if older:
        those = (
            "1 publicación es anterior"
            if older == 1
            else f"{older:,} publicaciones son anteriores"
        )
        notices.append(
            f"{those} a otra de la misma contratación: se tomó la más reciente de cada "
            "una."
        )
    if linked > MOST_TOLD:
        notices.append(f"{linked:,} registros sólo enlazan a sus publicaciones.")


def _released(value: object, text: str) -> tuple[object, str]:
    """Give the release of a value: itself, or that of the record that it is."""
    if not isinstance(value, dict) or "tag" in value:
        return value, text
    compiled, releases = value.get("compiledRelease"), value.get("releases")
    if isinstance(compiled, dict):
        return compiled, json.dumps(compiled, ensure_ascii=False)
    if isinstance(releases, list):
        whole = [r for r in releases if isinstance(r, dict) and "tag" in r]
        if not whole:
            return None, text
        chosen = max(whole, key=_moment)
        return chosen, json.dumps(chosen, ensure_ascii=False)
    return value, text


def _latest(path: Path) -> dict[str, int] | None:
    """Give the number of the latest release of each ocid; None if none repeats."""
    if path.suffix.lower() != ".gz" and not _repeats(path):
        return None
    found: dict[str, tuple[float, int]] = {}
    for number, (value, text) in enumerate(Stream(path).values(), start=1):
        release, _ = _released(value, text)
        ocid = release.get("ocid") if isinstance(release, dict) else None
        if isinstance(release, dict) and isinstance(ocid, str):
            known = found.get(ocid)
            moment = _moment(release)
            if known is None or moment >= known[0]:
                found[ocid] = (moment, number)
    return {ocid: number for ocid, (_, number) in found.items()}


def _repeats(path: Path) -> bool:
    """Tell whether an ocid is written more than once, at the speed of the disk."""
    seen: set[bytes] = set()
    with path.open("rb") as file:
        window = b""
        while chunk := file.read(SEARCHED_BYTES):
            window += chunk
            end = 0
            for match in _OCID.finditer(window):
                if match[1] in seen:
                    return True
                seen.add(match[1])
                end = match.end()
            window = window[max(end, len(window) - OVERLAP_BYTES) :]
    return False


def _moment(release: Release) -> float:
    """Give when a release was published; the beginning of time if it is not said."""
    try:
        moment = datetime.fromisoformat(str(release.get("date")))
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return zoned.timestamp()
    except (ValueError, OverflowError):
        return float("-inf")
