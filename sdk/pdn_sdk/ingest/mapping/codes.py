"""Catalogue entries as people write them: by key, official text or own words."""

import re
from collections.abc import Mapping

from pdn_sdk.collation import fold
from pdn_sdk.errors import MappingError
from pdn_sdk.ingest.contract import Cell
from pdn_sdk.ingest.mapping import values
from pdn_sdk.ingest.mapping.file import nearest
from pdn_sdk.ingest.mapping.values import UnreadableError
from pdn_sdk.standards.model import CatalogEntry, CodedText, Dataset

_KEY_AND_TEXT = re.compile(r"([^\W_]{1,4})\s*[.)\-:]+\s*(.+)")
_FREE_TEXT = re.compile(r"([^:]+):\s*(.+)")


class Catalog:
    """Recognises the entry of a closed list by key, official text or own words."""

    def __init__(
        self, dataset: Dataset, coded: CodedText, own: Mapping[str, object]
    ) -> None:
        """Index the list; `own` are the person's words, folded, with their key."""
        self._coded = coded
        self._entries = dataset.catalogs[coded.catalog]
        by_key = {fold(str(e.key)): e for e in self._entries}
        self._known = {fold(e.text): e for e in self._entries} | by_key
        self._free = {e.key for e in self._entries if e.key in coded.free}
        self._own: dict[str, CatalogEntry] = {}
        for words, key in own.items():
            entry = self._known.get(fold(str(key)))
            if entry is None:
                raise MappingError(
                    f"«{words}» se traduce como «{key}», que no está en el catálogo "
                    f"{coded.catalog}. Se admiten: {self._listed()}."
                )
            self._own[words] = entry
        self._seen: dict[str, tuple[str | int, str]] = {}

    def _listed(self) -> str:
        return "; ".join(f"{e.key} ({e.text})" for e in self._entries)

    def find(self, cell: Cell) -> dict[str, object] | None:
        """Give key and text of a cell's entry; None for a blank.

        Raises: UnreadableError naming the entries that there are.
        """
        text = values.text(cell)
        if text is None:
            return None
        found = self._seen.get(text)
        if found is None:
            found = self._recognised(text)
            if len(self._seen) < 10_000:
                self._seen[text] = found
        return {self._coded.key: found[0], self._coded.text: found[1]}

    def _recognised(self, text: str) -> tuple[str | int, str]:
        folded = fold(text)
        if folded in self._own:
            entry = self._own[folded]
            # A key that means "other" says more with the person's own words.
            return entry.key, text if entry.key in self._free else entry.text
        if folded in self._known:
            entry = self._known[folded]
            return entry.key, entry.text
        if pair := _KEY_AND_TEXT.fullmatch(text) or _FREE_TEXT.fullmatch(text):
            named = self._known.get(fold(pair[1]))
            if named and fold(pair[2]) == fold(named.text):
                return named.key, named.text
            if named and named.key in self._free:
                return named.key, pair[2]
        raise self._unknown(text)

    def _unknown(self, text: str) -> UnreadableError:
        near = nearest(text, [e.text for e in self._entries], likeness=0.7)
        hint = f"¿Será «{near[0]}»? " if near else ""
        return UnreadableError(
            f"una clave o un texto del catálogo: {self._listed()}",
            f"«{text}» no está en el catálogo.",
            f"{hint}Escriba una clave o un texto de la lista, o tradúzcalo para todas "
            f"las filas en «values», en mapping.toml: {self._listed()}.",
        )
