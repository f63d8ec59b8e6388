"""Who and what appears in one invented record, drawn from synthetic.toml.

A cast is decided by its seed and its number alone: record 7 is the same however
many are asked for, in any process. Imports people and the data beside it.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from importlib.resources import files
from random import Random
from typing import Any
from uuid import UUID

from pdn_sdk.standards.people import Person, company_rfc

FIRST_MOMENT = datetime(2021, 1, 4, 8)  # noqa: DTZ001 - the zone is drawn apart
HIGHEST_RANK = 3
DAYS = 5 * 365
FIRST_BIRTH = date(1956, 1, 1)
DAYS_OF_BIRTHS = 46 * 365
RECORDS_PER_OTHER_GENDER = 37
PARTIES_THAT_ARE_PERSONS = 0.4
ADDRESSES_ABROAD = 0.12
FILES = ("PS", "OIC", "SRA")
MEXICO = {"key": "MX", "name": "México"}


@dataclass(frozen=True, slots=True)
class Institution:
    """Where the person works; `acronym` is "" where the name gives none."""

    name: str
    acronym: str
    code: str


@dataclass(frozen=True, slots=True)
class Company:
    """A legal person that does not exist, with an RFC of its 12 characters."""

    name: str
    rfc: str


@dataclass(frozen=True, slots=True)
class Nobody:
    """Stands where a record has no such person: every fact of it is absent."""

    given: None = None
    first_surname: None = None
    second_surname: None = None
    rfc: None = None
    curp: None = None


@dataclass(frozen=True, slots=True)
class Party:
    """A person (kind F) or a company (M) that deals with an institution."""

    kind: str
    name: str
    rfc: str
    purpose: str = ""
    director: Person | Nobody = Nobody()
    attorney: Person | Nobody = Nobody()


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives; of the two kinds only one has facts. Keys of INEGI."""

    state: Mapping[str, Any] | None = None
    town: Mapping[str, Any] | str | None = None
    place: Mapping[str, Any] | None = None
    country: Mapping[str, Any] | None = None
    postcode: str | None = None
    street_kind: str | None = None
    street: str | None = None
    number: str | None = None
    inside: str | None = None


@dataclass(frozen=True, slots=True)
class Penalty:
    """When a sanction was decided and for how long it lasts. Dates of RFC 3339."""

    file: str
    decided: str
    notified: str
    starts: str
    ends: str
    term: str


class Cast:
    """The facts of one record, drawn when they are asked for.

    What synthetic.toml of a standard may name: `identifier`, `uuid`, `docket`,
    `moment`, `past_day`, `day`, `day_final`, `day_of_ruling`, `document_day`, `year`,
    `remark`, `amount`, `worth`, `phone`, `institution.name|acronym|code`,
    `company.name|rfc`, of `person`, `superior` and `somebody` the attributes of
    Person, of `party` those of Party, of `home` and `abroad` those of Address, and
    those of `penalty`. A company and somebody are others each time they are named.
    """

    def __init__(
        self, prefix: str, seed: int, number: int, institution: str | None = None
    ) -> None:
        """Decide the cast of the record with that number, counted from 1."""
        self.number = number
        self.identifier = f"{prefix}-{seed}-{number:06}"
        # Text seeds are hashed by Random itself, alike in every process.
        self.random = Random(f"{prefix}/{seed}/{number}")  # noqa: S311 - not a secret
        self._only_institution = institution
        self._places: list[tuple[str, int]] = []
        self._turns: dict[str, list[int]] = {}
        self._is_in_capitals = self.random.random() < 0.3

    @cached_property
    def institution(self) -> Institution:
        """The institution, always the same where one was given."""
        if self._only_institution:
            return named_institution(self._only_institution)
        return Institution(**self._choose(_data()["institutions"]))

    @cached_property
    def _post(self) -> Mapping[str, Any]:
        post: Mapping[str, Any] = self._choose(_data()["posts"])
        return post

    @cached_property
    def person(self) -> Person:
        """The person of the record."""
        return self._person(self._post)

    @cached_property
    def superior(self) -> Person:
        """Another person, with a post of a higher rank if there is one."""
        least = min(self._post["rank"] + 1, HIGHEST_RANK)
        above = [post for post in _data()["posts"] if post["rank"] >= least]
        return self._person(self._choose(above))

    @cached_property
    def _when(self) -> datetime:
        days, minutes = self.random.randrange(DAYS), self.random.randrange(600)
        return FIRST_MOMENT + timedelta(
            days=days, minutes=minutes, seconds=minutes % 60
        )

    @cached_property
    def moment(self) -> str:
        """A date and time of office hours, with its zone (RFC 3339)."""
        return f"{self._when.isoformat()}{self._choose(_data()['zones'])}"

    def moment_after(self, later: timedelta) -> str:
        """The moment some time later (or before), in the same zone."""
        zone = self.moment[len("2021-01-04T08:00:00") :]
        return f"{(self._when + later).isoformat()}{zone}"

    @cached_property
    def worth(self) -> float:
        """What the record is worth, in pesos: as many small ones as large ones."""
        return round(float(10 ** self.random.uniform(4.3, 7.9)), 2)

    def place(self, array: str = "") -> int:
        """Tell which item, from 0, of an array is being filled: the innermost."""
        inside = (n for path, n in reversed(self._places) if path.endswith(array))
        return next(inside, 0)

    def enter(self, array: str, place: int) -> None:
        """Note that an item of an array is being filled, until `leave`."""
        self._places.append((array, place))

    def leave(self) -> None:
        """Note that the innermost item is filled."""
        self._places.pop()

    def turn(self, name: str, length: int, n: int) -> int:
        """Give the number n of a list that is shuffled once for each record."""
        order = self._turns.get(name)
        if order is None:
            order = self._turns[name] = self.random.sample(range(length), length)
        return order[n % length]

    @property
    def past_day(self) -> str:
        """A day of the twelve years before the moment."""
        days = int(self.random.random() * 12 * 365)
        return f"{self._when.date() - timedelta(days=days):%Y-%m-%d}"

    @property
    def company(self) -> Company:
        """A company that was founded some day."""
        known, kind = (self._choose(_data()["companies"][n]) for n in ("list", "kinds"))
        # Few days, so that the same company keeps its RFC, and it is worked out once.
        founded = date(1990 + int(self.random.random() * 4) * 8, 3, 14)
        return Company(f"{known['name']}, {kind}", _company_rfc(known["name"], founded))

    @property
    def somebody(self) -> Person:
        """A person apart, with a post of any rank."""
        return self._person(self._choose(_data()["posts"]))

    @cached_property
    def uuid(self) -> str:
        """An identifier of the kind that RFC 4122 defines."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    @cached_property
    def docket(self) -> str:
        """The number of a file, of the year of the moment."""
        return f"OIC/{self.number:04}/{self._when.year}"

    @cached_property
    def day(self) -> str:
        """The day of the moment, without its hour."""
        return self._when.date().isoformat()

    @cached_property
    def day_final(self) -> str:
        """A day some weeks before, when a ruling became final."""
        return self._final.isoformat()

    @cached_property
    def day_of_ruling(self) -> str:
        """A day some months before that one, when the ruling was given."""
        before = timedelta(days=20 + self.random.randrange(300))
        return (self._final - before).isoformat()

    @cached_property
    def _final(self) -> date:
        return self._when.date() - timedelta(days=5 + self.random.randrange(90))

    @cached_property
    def year(self) -> str:
        """The year of the moment or the one before, as text."""
        return str(self._when.year - self.random.randrange(2))

    @cached_property
    def remark(self) -> str:
        """A sentence of those that fill the column of remarks."""
        return str(self._choose(_data()["remarks"]))

    @cached_property
    def party(self) -> Party:
        """A company, or the person of the record."""
        if self.random.random() < PARTIES_THAT_ARE_PERSONS:
            one = self.person
            names = one.given, one.first_surname, one.second_surname
            return Party("F", " ".join(filter(None, names)), one.rfc)
        company, kind = (
            self._choose(_data()["companies"][n]) for n in ("list", "kinds")
        )
        founded = FIRST_BIRTH + timedelta(days=self.random.randrange(DAYS_OF_BIRTHS))
        return Party(
            kind="M",
            name=self._cased(f"{company['name']}, {kind}"),
            rfc=company_rfc(company["name"], founded),
            purpose=company["purpose"],
            director=self.superior,
            attorney=self._person(self._post),
        )

    @cached_property
    def _lives_abroad(self) -> bool:
        return self.random.random() < ADDRESSES_ABROAD

    @cached_property
    def home(self) -> Address:
        """An address in Mexico, without facts where they live abroad."""
        if self._lives_abroad:
            return Address()
        return self._address(
            {**self._choose(_data()["addresses"]), "country": MEXICO},
            self._choose(_data()["streets"]["names"]),
        )

    @cached_property
    def abroad(self) -> Address:
        """An address abroad, without facts where they live in Mexico."""
        if not self._lives_abroad:
            return Address()
        place = dict(self._choose(_data()["foreign"]))
        return self._address(place, place.pop("street"))

    def _address(self, place: Mapping[str, Any], street: str) -> Address:
        streets = _data()["streets"]
        return Address(
            **place,
            street_kind=self._choose(streets["kinds"]),
            street=street,
            number=str(self.random.randrange(1, 2_000)),
            inside=self._choose(streets["insides"]),
        )

    @cached_property
    def penalty(self) -> Penalty:
        """A sanction decided before the record was captured."""
        decided = self._when.date() - timedelta(days=self.random.randrange(10, 300))
        notified = decided + timedelta(days=self.random.randrange(1, 20))
        months = self._choose((3, 6, 12, 24, 36, 60, 120))
        return Penalty(
            file=f"{self._choose(FILES)}/{self.number:03}/{decided.year}",
            decided=decided.isoformat(),
            notified=notified.isoformat(),
            starts=(notified + timedelta(days=1)).isoformat(),
            ends=(notified + timedelta(days=months * 365 // 12)).isoformat(),
            term=_term(months),
        )

    @property
    def amount(self) -> float:
        """An amount of money, with cents."""
        return round(1_000 + self.random.random() ** 3 * 900_000, 2)

    @property
    def phone(self) -> str:
        """Ten digits of an area code that nobody has."""
        return f"5500{self.random.randrange(10**6):06}"

    @property
    def document_day(self) -> str:
        """A date near that of the sanction."""
        decided = date.fromisoformat(self.penalty.decided)
        return (decided + timedelta(days=self.random.randrange(9))).isoformat()

    def _person(self, post: Mapping[str, Any]) -> Person:
        pick, data = self._choose, _data()
        sex = pick("HM")
        has_two_surnames = self.random.random() > 0.04
        is_other = self.number % RECORDS_PER_OTHER_GENDER == 0
        born = FIRST_BIRTH + timedelta(days=self.random.randrange(DAYS_OF_BIRTHS))
        return Person(
            given=self._cased(pick(data["names"][sex])),
            first_surname=self._cased(pick(data["surnames"]["list"])),
            second_surname=self._cased(pick(data["surnames"]["list"]))
            if has_two_surnames
            else "",
            sex=sex,
            gender="X" if is_other else sex,
            born=born,
            state=pick(data["states"]),
            post=self._cased(f"{post[sex]} {pick(data['areas']['list'])}"),
            level=pick(post["levels"]),
        )

    def _choose(self, items: Sequence[Any]) -> Any:  # noqa: ANN401 - data of the file
        # Twice as fast as Random.choice, and alike in every version of Python.
        return items[int(self.random.random() * len(items))]

    def _cased(self, text: str) -> str:
        """Write as this record is written: a third of them in capitals."""
        return text.upper() if self._is_in_capitals else text


@cache
def _company_rfc(name: str, founded: date) -> str:
    return company_rfc(name, founded)


@cache
def named_institution(name: str) -> Institution:
    """Give an institution its acronym (initials) and a code."""
    skipped = {"de", "del", "la", "las", "el", "los", "y", "e", "para", "en"}
    words = [word for word in name.split() if word.casefold() not in skipped]
    initials = [word[0].upper() for word in words if word[0].isalpha()]
    return Institution(name, "".join(initials[:8]), "001")


@cache
def _data() -> Mapping[str, Any]:
    source = files("pdn_sdk.standards") / "synthetic.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _term(months: int) -> str:
    years, rest = divmod(months, 12)
    if rest or not years:
        return f"{months} meses"
    return "1 año" if years == 1 else f"{years} años"


def several(random: Random, items: Sequence[Any], most: int) -> list[Any]:
    """Draw one to `most` different items, often one, in the order of the list."""
    count = max(1, int(random.random() * (most + 2)) - 1)
    chosen = set(random.sample(range(len(items)), min(count, len(items))))
    return [item for n, item in enumerate(items) if n in chosen]
