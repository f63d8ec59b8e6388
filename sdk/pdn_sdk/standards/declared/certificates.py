"""The service of certificates that a standard may publish beside its records.

Imports nothing of ours.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Certificates:
    """Who filed in which years, and the proof of it. Optional for a provider.

    `listing` and `document` are the two routes, both by GET. `person` and `year`
    name their parameters; `person_pattern` is what the first must match, in
    capitals. `results` and `filed` name the members of the listing's answer.
    `scope` is asked of a token for both.
    """

    scope: str
    listing: str
    document: str
    person: str
    person_pattern: str
    year: str
    results: str
    filed: str
