"""What a planted fault is in a provider of items, and the few ways to plant one."""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from pdn_sdk.practice.wire import Answered, Asked, Serve
from pdn_sdk.standards import loader

SPOILED = tomllib.loads(Path(__file__).with_name("spoiled.toml").read_text("utf-8"))
TERMS: Mapping[str, str] = SPOILED["terms"]
COLLECTIONS: Mapping[str, str] = SPOILED["collections"]
STANDARD = loader.get("s3v2")
GRAVES, NO_GRAVES = COLLECTIONS["graves"], COLLECTIONS["no_graves"]

Item = dict[str, Any]


@dataclass
class Good:
    """The good provider that faults are planted in, and what it was loaded with."""

    serve: Serve
    token: str
    reserved: str
    records: Mapping[str, list[Item]]
    memory: dict[str, Any] = field(default_factory=dict)

    def admit(self, asked: Asked, token: str = "") -> Answered:
        """Serve a request as if it had come with a token that works."""
        return self.serve(asked.authorized(f"Bearer {token or self.token}"))

    def victim(self, collection: str) -> str:
        """Give the id of the record that faults spoil."""
        return str(next(iter(self.records[collection]), {}).get("id"))


Bend = Callable[[Asked, Good], Answered]
When = Callable[[Asked], Any]


@dataclass(frozen=True)
class Fault:
    """One fault: the check that must catch it, and what it breaks.

    `also` names the checks that cannot but see it too.
    """

    check: str
    name: str
    breaks: str
    bend: Bend
    collection: str = GRAVES
    base: str = "http://127.0.0.1"
    environment: str = "development"
    also: frozenset[str] = frozenset()


def parameters(asked: Asked) -> dict[str, str]:
    """Give the parameters of a request, as they were written."""
    return dict(parse_qsl(asked.query_string, keep_blank_values=True))


def given(asked: Asked, name: str) -> str:
    """Give one parameter, or nothing."""
    return parameters(asked).get(name, "")


def asking_for(asked: Asked, **changed: Any) -> Asked:
    """Ask the same with other parameters; None removes one."""
    wanted = {**parameters(asked), **changed}
    kept = {k: v for k, v in wanted.items() if v is not None}
    return replace(asked, query_string=urlencode(kept))


def tree(asked: Asked) -> Any:
    """Give the filter of a request, where it is JSON."""
    try:
        return json.loads(given(asked, "filter") or "{}")
    except ValueError:
        return {}


def within(node: Any, name: str) -> bool:
    """Tell whether a filter uses an operator."""
    if isinstance(node, list):
        return any(within(each, name) for each in node)
    if isinstance(node, dict):
        return name in node or any(within(each, name) for each in node.values())
    return False


def using(name: str) -> When:
    """Tell the requests whose filter uses an operator."""
    return lambda asked: within(tree(asked), name)


def always(_: Asked) -> bool:
    """Tell every request."""
    return True


def on(when: When, bend: Bend) -> Bend:
    """Bend the requests that suit; serve the others."""
    return lambda asked, good: bend(asked, good) if when(asked) else good.serve(asked)


def as_if(when: When, **changed: Any) -> Bend:
    """Serve some requests as if they had asked for something else."""
    return on(when, lambda asked, good: good.serve(asking_for(asked, **changed)))


def refusing(when: When, status: int = 500) -> Bend:
    """Refuse some requests that come with a token that works."""

    def bend(asked: Asked, good: Good) -> Answered:
        answered = good.serve(asked)
        return answered if answered.status in {401, 403} else refusal(status)

    return on(when, bend)


def refusal(status: int) -> Answered:
    """Make an error as the good provider writes them."""
    body = {"errors": [{"message": "No.", "extensions": {"code": "NO"}}]}
    kind = {"content-type": "application/json"}
    return Answered(status, kind, json.dumps(body).encode())


def answering(when: When, change: Callable[[Answered, Asked, Good], Answered]) -> Bend:
    """Change the good answers to some requests."""

    def bend(asked: Asked, good: Good) -> Answered:
        answered = good.serve(asked)
        return change(answered, asked, good) if answered.status == 200 else answered

    return on(when, bend)


def counting(when: When, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Bend:
    """Change the totals of some answers."""
    return answering(
        lambda a: when(a) and given(a, "meta"),
        lambda r, _a, _g: r.member("meta", change(r.json["meta"])),
    )


def spoiling(change: Callable[[Item], None], collection: str = GRAVES) -> Bend:
    """Change one record wherever it is shown."""

    def changed(answered: Answered, _asked: Asked, good: Good) -> Answered:
        data = json.loads(json.dumps(answered.json.get("data")))
        victim = good.victim(collection)
        for item in data if isinstance(data, list) else [data]:
            # Cut to some fields, it has nothing of what is spoiled.
            is_whole = isinstance(item, dict) and len(item) > 5
            if is_whole and item["id"] == victim:
                change(item)
        return answered.member("data", data)

    return answering(always, changed)
