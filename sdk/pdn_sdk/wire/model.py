"""Neutral shapes of a search and its answer. Imports nothing of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RawSearch:
    """What a caller asked, with sound types but not yet held against a dataset.

    `others` holds the members of the request that are none of these.
    Units: page counts from 1; page_size in records; None where not given.
    """

    page: int | None = None
    page_size: int | None = None
    query: Mapping[str, object] = field(default_factory=dict)
    sort: Sequence[tuple[str, object]] = ()
    others: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawItemSearch:
    """What a caller asked of a collection of items, not yet held against it.

    Shape: fields, sort as they were written (`a.b`, `-a`); filter as the nested
    objects of the request; meta holds the names of the totals that are wanted.
    Units: limit and offset in records, page counts from 1; None where not given.
    """

    fields: tuple[str, ...] = ()
    filter: Mapping[str, object] = field(default_factory=dict)
    sort: tuple[str, ...] = ()
    search: str = ""
    limit: int | None = None
    offset: int | None = None
    page: int | None = None
    meta: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Some items of a collection.

    Shape: documents holds each item as it is stored, in JSON.
    Units: total counts the collection, matching what the filter reaches.
    """

    documents: Sequence[bytes]
    total: int
    matching: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of records.

    Shape: documents holds each record as canonical JSON bytes.
    Units: total is the number of records that match, over all pages.
    """

    documents: Sequence[bytes]
    page: int
    page_size: int
    total: int

    @property
    def has_next(self) -> bool:
        """Tell whether records remain after this page."""
        return self.page * self.page_size < self.total


@dataclass(frozen=True, slots=True)
class ReceivedPage:
    """One page as a client reads it from a provider's answer."""

    results: Sequence[Mapping[str, object]]
    page: int
    page_size: int
    total: int
    has_next: bool
