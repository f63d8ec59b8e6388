"""What is wrong with a connector, from what the looks saw. Pure.

An outage is an alert like the others, and never a fault of conformance. Neither
is an address that is not called, because it is of a private network.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from pdn_marketplace.watch.models import Look

OUTAGE_LOOKS = 2
FALL_SHARE = 0.8
FALL_MEMORY = 30
STALE_AFTER = timedelta(days=90)
CERTIFICATE_NOTICE = timedelta(days=21)


class Alert(StrEnum):
    """What people are told of."""

    OUTAGE = "outage"
    REFUSED = "refused"
    RECORDS_FELL = "records_fell"
    STALE = "stale"
    REPEATED_PAGES = "repeated_pages"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    CERTIFICATE_EXPIRED = "certificate_expired"


def alerts(looks: Sequence[Look], now: datetime) -> list[Alert]:
    """Give the alerts that the looks, newest first, raise."""
    if not looks:
        return []
    last = looks[:OUTAGE_LOOKS]
    found = []
    if looks[0].is_refused:
        found.append(Alert.REFUSED)
    elif len(last) == OUTAGE_LOOKS and not any(look.is_up for look in last):
        found.append(Alert.OUTAGE)
    if _fell(looks):
        found.append(Alert.RECORDS_FELL)
    if _is_stale(looks, now):
        found.append(Alert.STALE)
    told = [look.repeats_pages for look in looks if look.repeats_pages is not None]
    if told and told[0]:
        found.append(Alert.REPEATED_PAGES)
    return found + _of_certificate(looks, now)


def _fell(looks: Sequence[Look]) -> bool:
    counts = [look.records for look in looks if look.records is not None]
    if len(counts) < 2:
        return False
    return counts[0] < FALL_SHARE * max(counts[1:FALL_MEMORY])


def _is_stale(looks: Sequence[Look], now: datetime) -> bool:
    told = [look for look in looks if look.fingerprint]
    if not told:
        return False
    state = told[0].fingerprint, told[0].records
    since = told[0].at
    for look in told:
        if (look.fingerprint, look.records) != state:
            break
        since = look.at
    return now - since > STALE_AFTER


def _of_certificate(looks: Sequence[Look], now: datetime) -> list[Alert]:
    until = next((k.certificate_until for k in looks if k.certificate_until), None)
    if until is None or until > now + CERTIFICATE_NOTICE:
        return []
    return [Alert.CERTIFICATE_EXPIRED if until <= now else Alert.CERTIFICATE_EXPIRING]
