"""What synthetic.toml says of a path, turned into a function of the cast.

Kinds of draws, besides the name of a fact: `one_of`, `value`, `text`, `pick`
(of a pool of the same file), `nth` (by the place in the array), `days` (from
the moment of the record), `share` (of its amount), `integer`, `usual` (one
value, and in turn the others of its list). Imports the cast only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Any
from zlib import crc32

from pdn_sdk.errors import InvalidStandardError
from pdn_sdk.standards.cast import Cast

Draw = Callable[[Cast], object]
Said = str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Makes draws; `pools` are the lists that `pick` takes from."""

    pools: Mapping[str, Sequence[Mapping[str, Any]]]

    def of(self, path: str, said: Said, schema: Mapping[str, Any] | None = None) -> Draw:
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
            "integer": self._integer,
            "usual": lambda path, said: self._usual(path, said, schema or {}),
        }
        for kind, make in kinds.items():
            if kind in said:
                return make(path, said)
        raise InvalidStandardError(
            f"synthetic.toml no dice con qué se llena «{path}»: use "
            f"{', '.join(kinds)}."
        )

    def _fact(self, path: str, said: Mapping[str, Any]) -> Draw:
        fact, values = attrgetter(said["fact"]), said.get("values")

        def draw(cast: Cast) -> object:
            try:
                value = fact(cast)
            except AttributeError as error:
                raise InvalidStandardError(
                    f"synthetic.toml llena «{path}» con «{said['fact']}», que no "
                    "existe."
                ) from error
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
        return lambda cast: round(cast.amount * cast.random.uniform(least, most), 2)

    def _integer(self, _: str, said: Mapping[str, Any]) -> Draw:
        least, most = said["integer"]
        return lambda cast: cast.random.randint(least, most)

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
