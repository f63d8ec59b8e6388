"""What synthetic.toml says of a path, turned into a function of the cast.

Kinds of draws, besides the name of a fact: `one_of`, `value`, `text`, `pick`
(of a pool of the same file), `nth` (by the place in the array), `days` (from
the moment of the record), `share` (of its worth), `least` (and `most`:
a whole number), `usual` (one value, and in turn the others of its list).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Any
from zlib import crc32

from pdn_sdk.errors import InvalidStandardError
from pdn_sdk.standards.cast import Cast
from pdn_sdk.standards.paths import first_at, put, values_at

Draw = Callable[[Cast], object]
Said = str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Makes draws; `pools` are the lists that `pick` takes from."""

    pools: Mapping[str, Sequence[Mapping[str, Any]]]

    def of(
        self, path: str, said: Said, schema: Mapping[str, Any] | None = None
    ) -> Draw:
        """Give the draw of a path; `schema` is what stands there.

        Raises: InvalidStandardError for a kind that does not exist.
        """
        if isinstance(said, str):
            said = {"fact": said}
        kinds: Mapping[str, Callable[[str, Mapping[str, Any]], Draw]] = {
            "fact": self._fact,
            "one_of": self._one_of,
            "value": self._value,
            "text": self._text,
            "pick": self._pick,
            "nth": self._nth,
            "days": self._days,
            "share": self._share,
            "least": self._least,
            "usual": lambda path, said: self._usual(path, said, schema or {}),
        }
        for kind, make in kinds.items():
            if kind in said:
                return make(path, said)
        raise InvalidStandardError(
            f"synthetic.toml no dice con qué se llena «{path}»: use {', '.join(kinds)}."
        )

    def _fact(self, path: str, said: Mapping[str, Any]) -> Draw:
        fact, values = attrgetter(said["fact"]), said.get("values")
        names = said.get("names")

        def draw(cast: Cast) -> object:
            try:
                value = fact(cast)
            except AttributeError as error:
                raise InvalidStandardError(
                    f"synthetic.toml llena «{path}» con «{said['fact']}», que no "
                    "existe."
                ) from error
            if names and isinstance(value, dict):
                return {names[name]: inside for name, inside in value.items()}
            return values[value] if values else value

        return draw

    def _one_of(self, _: str, said: Mapping[str, Any]) -> Draw:
        choices = said["one_of"]
        return lambda cast: cast.random.choice(choices)

    def _value(self, _: str, said: Mapping[str, Any]) -> Draw:
        value = said["value"]
        return lambda _: value

    def _text(self, path: str, said: Mapping[str, Any]) -> Draw:
        pattern = said["text"]
        parts = {n: self.of(path, part) for n, part in said.get("with", {}).items()}

        def draw(cast: Cast) -> object:
            written = {name: part(cast) for name, part in parts.items()}
            place = cast.place() + 1
            return pattern.format(number=cast.number, place=place, cast=cast, **written)

        return draw

    def _pick(self, path: str, said: Mapping[str, Any]) -> Draw:
        name, by, at = said["pick"], said.get("by"), said.get("at", 0)
        steps = str(said.get("member", "")).split(".")
        if name not in self.pools:
            raise InvalidStandardError(
                f"synthetic.toml llena «{path}» con la lista «{name}», que no existe."
            )
        pool = self.pools[name]

        def draw(cast: Cast) -> object:
            n = at + (0 if by is None else cast.place(by))
            found: Any = pool[cast.turn(name, len(pool), n)]
            for step in filter(None, steps):
                is_list = isinstance(found, list)
                found = found[cast.place() % len(found)] if is_list else found
                found = found[step]
            return found

        return draw

    def _nth(self, path: str, said: Mapping[str, Any]) -> Draw:
        draws = [self.of(path, one) for one in said["nth"]]
        by = said.get("by", "")
        return lambda cast: draws[min(cast.place(by), len(draws) - 1)](cast)

    def _days(self, _: str, said: Mapping[str, Any]) -> Draw:
        least, most = said["days"]

        def draw(cast: Cast) -> object:
            later = timedelta(days=cast.random.randint(least, most))
            return cast.moment_after(later)

        return draw

    def _share(self, _: str, said: Mapping[str, Any]) -> Draw:
        least, most = said["share"]
        return lambda cast: round(cast.worth * cast.random.uniform(least, most), 2)

    def _least(self, _: str, said: Mapping[str, Any]) -> Draw:
        least, most, step = said["least"], said["most"], said.get("step", 1)
        return lambda cast: cast.random.randrange(least, most + 1, step)

    def _usual(
        self, path: str, said: Mapping[str, Any], schema: Mapping[str, Any]
    ) -> Draw:
        usual, every = said["usual"], said.get("every", 3)
        others = said.get("others") or [
            option for option in schema.get("enum", ()) if option is not None
        ]

        # Each path begins elsewhere, so that between them they soon say all.
        start = crc32(path.encode())

        def draw(cast: Cast) -> object:
            turn, rest = divmod(cast.number, every)
            is_usual = rest or not others
            return usual if is_usual else others[(start + turn) % len(others)]

        return draw


def fills_whole(said: Said) -> bool:
    """Tell whether what is said gives an object or a list, all of it at once."""
    if isinstance(said, str):
        return False
    values = [said["value"]] if "value" in said else said.get("one_of", ())
    return any(isinstance(value, dict | list) for value in values)


class Drop:
    """A field that goes where the record lacks what gives it sense."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        """Read which field, and what it needs."""
        self._path, self._needed = said["path"], said["without"]

    def put(self, record: dict[str, object], _: Cast) -> None:
        """Take the field out, if need be."""
        if first_at(record, self._needed) is None:
            record.pop(self._path, None)


class Stage:
    """A field that says what else the record has: it is filled at the end."""

    def __init__(self, drawing: Drawing, said: Mapping[str, Any]) -> None:
        """Read its cases; the first whose path reaches something counts."""
        self._path = said["path"]
        self._cases = [
            (case["has"], drawing.of(self._path, case)) for case in said["case"]
        ]

    def put(self, record: dict[str, object], cast: Cast) -> None:
        """Fill the field of a record that has everything else."""
        for has, draw in self._cases:
            if not has or any(True for _ in values_at(record, has)):
                put(record, self._path, draw(cast))
                return


class Extra:
    """A member that the schema does not have, put where its holder is."""

    def __init__(
        self, drawing: Drawing, said: Mapping[str, Any], usual_presence: float
    ) -> None:
        """Read where it goes, how often, and with what it is filled."""
        self._holder, self._name = said["holder"], said["name"]
        self._likely = said.get("presence", usual_presence)
        self._draw = drawing.of(f"{self._holder}.{self._name}", said)

    def put(self, record: dict[str, object], cast: Cast) -> None:
        """Put the member in each holder that the record has."""
        array, many, inner = self._holder.partition("[]")
        items = values_at(record, f"{array}{many}") if many else [record]
        rest = inner.removeprefix(".") if many else self._holder
        for n, item in enumerate(items):
            cast.enter(array, n)
            for holder in values_at(item, rest) if rest else [item]:
                self._give(holder, cast)
            cast.leave()

    def _give(self, holder: object, cast: Cast) -> None:
        if isinstance(holder, dict) and cast.random.random() < self._likely:
            holder[self._name] = self._draw(cast)
