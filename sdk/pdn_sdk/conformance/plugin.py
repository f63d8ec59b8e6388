"""The pytest plugin that runs checks: cases, fixtures, outcomes.

Handed to pytest as an object by child.py and never registered by name, so that
it does not load in the pytest of whoever installs the SDK.
"""

import inspect
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from pdn_sdk.checking import AdviceError, FindingError, NotTriedError
from pdn_sdk.client import Client
from pdn_sdk.conformance.api import ProviderApi
from pdn_sdk.conformance.attempts import settled
from pdn_sdk.conformance.checks.consistency import (
    AdvisedRule,
    advised_rules,
    demanded_rules,
)
from pdn_sdk.conformance.dialects import api_of, together
from pdn_sdk.conformance.evidence import curl, evidence, shortened
from pdn_sdk.conformance.plan import Duty, Plan, untried
from pdn_sdk.conformance.redaction import Redactor
from pdn_sdk.conformance.results import CheckResult, Outcome
from pdn_sdk.conformance.target import Options, Target
from pdn_sdk.errors import PdnError
from pdn_sdk.standards.model import (
    MOMENTS,
    Dataset,
    FilterField,
    Level,
    Operator,
    PrivacyRule,
    SortField,
    Standard,
)

PASS_BODY_CHARS = 400
EVIDENCE_ITEMS = 3
MESSAGE_CHARS = 1200

_FILTERS: Mapping[str, frozenset[Operator]] = {
    "text_filter": frozenset({Operator.CONTAINS}),
    "list_filter": frozenset({Operator.ANY_OF}),
    "identity_filter": frozenset({Operator.IDENTITY, Operator.WHOLE_FIRST}),
    "moment_filter": MOMENTS,
    "range_filter": frozenset({Operator.BETWEEN}),
    "ignored_filter": frozenset({Operator.IGNORED}),
    "filter_field": frozenset(Operator),
}

_SAID = pytest.StashKey[str]()
"""What a check that passes has to say."""

Case = FilterField | SortField | AdvisedRule | PrivacyRule
Told = Callable[[CheckResult], None]
Planned = Callable[[list[CheckResult]], None]


class ChecksPlugin:
    """Runs the checks of a standard and tells each result as it comes.

    Where the standard has several datasets, a check that takes `dataset` runs
    once for each; one that does not runs once, on the first.

    First it tells the whole plan, every result still an error: what is never
    replaced is what a dying process left untried.
    """

    def __init__(
        self,
        standard: Standard,
        target: Target,
        options: Options,
        planned: Planned,
        told: Told,
    ) -> None:
        """Prepare the client; nothing is sent yet."""
        self._plan = Plan(standard, options)
        self._standard = standard
        self._seed = options.seed
        self._datasets = standard.datasets
        self._duties: dict[str, Duty] = {}
        self._planned = planned
        self._told = told
        self.client = Client(options.network)
        self._redactor = Redactor(
            target.secrets,
            # What is reserved only of some items is public of the others.
            extra_keys=(
                p.rpartition(".")[2]
                for d in self._datasets
                for p in d.reserved
                if "=" not in p and "~" not in p
            ),
        )
        make = api_of(standard)
        self._apis = {
            d.key: make(target, options, d, self.client, self._redactor)
            for d in self._datasets
        }

    def seen(self) -> Mapping[str, object]:
        """Tell which data the run saw; see `ProviderApi.seen`."""
        return together(api.seen() for api in self._apis.values())

    @pytest.fixture(scope="session")
    def connected(self) -> Iterator[None]:
        """Keep the connections open while there are checks to run."""
        with self.client:
            yield

    @pytest.fixture
    def api(self, request: pytest.FixtureRequest, connected: None) -> ProviderApi:
        """Give the provider under test, bound to the dataset of the check."""
        del connected
        return self._api_of(request.node)

    @pytest.fixture
    def dataset(self) -> Dataset:
        """Give the dataset that the provider is tested on."""
        return self._datasets[0]

    @pytest.fixture
    def standard(self) -> Standard:
        """Give the standard that the provider is tested on."""
        return self._standard

    @pytest.fixture
    def seed(self) -> int:
        """Give the seed of what is drawn at random."""
        return self._seed

    def _api_of(self, item: pytest.Item) -> ProviderApi:
        case = getattr(item, "callspec", None)
        dataset = case.params.get("dataset") if case else None
        return self._apis[(dataset or self._datasets[0]).key]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make one case for each dataset or declared field that a check asks for."""
        if "dataset" in metafunc.fixturenames and len(self._datasets) > 1:
            keys = [d.key for d in self._datasets]
            metafunc.parametrize("dataset", self._datasets, ids=keys)
        for name in metafunc.fixturenames:
            found = cases(self._datasets[0], name)
            if found is not None:
                metafunc.parametrize(name, found, ids=[case.name for case in found])

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the checks that the plan asks for, in its order."""
        by_id = {_check_id(item): item for item in items}
        duties = self._plan.duties(by_id)
        self._duties = {duty.check_id: duty for duty in duties}
        items[:] = [by_id[d.check_id] for d in duties if d.check_id in by_id]
        titles = {check_id: _title(item) for check_id, item in by_id.items()}
        self._planned([untried(d, titles.get(d.check_id, "")) for d in duties])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start each check with an empty trail of exchanges."""
        self._api_of(item).trail.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Make a check; see `settled`."""
        names = inspect.signature(pyfuncitem.obj).parameters
        given = {name: pyfuncitem.funcargs[name] for name in names}
        said = settled(self._api_of(pyfuncitem), partial(pyfuncitem.obj, **given))
        pyfuncitem.stash[_SAID] = said or ""
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Tell the result of a check when it ends, or when it could not begin.

        In the place of pytest's own, which writes out each traceback with its
        sources: half a second for every check that an outage stops.
        """
        if call.when == "call" or (call.when == "setup" and call.excinfo):
            raised = call.excinfo.value if call.excinfo else None
            duty = self._duties[_check_id(item)]
            self._told(self._result(duty, item, raised, call.duration))
        return pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome="failed" if call.excinfo else "passed",
            longrepr=None,
            when=call.when if call.when != "collect" else "setup",
            duration=call.duration,
        )

    def _result(
        self,
        duty: Duty,
        item: pytest.Item,
        raised: BaseException | None,
        spent_s: float,
    ) -> CheckResult:
        duty = duty.concerning(getattr(raised, "places", ()))
        outcome = _outcome(duty, raised)
        exchanges = tuple(self._api_of(item).trail)[-1:]
        if isinstance(raised, FindingError) and raised.evidence:
            exchanges = raised.evidence[:EVIDENCE_ITEMS]
        size = {"body_chars": PASS_BODY_CHARS} if outcome is Outcome.PASS else {}
        message = _message(raised) or item.stash.get(_SAID, "")
        received = str(getattr(raised, "received", ""))
        told = f"{received} {message}"
        return CheckResult(
            id=duty.check_id,
            requirement_ids=tuple(r.id for r in duty.requirements),
            title=_title(item),
            level=duty.level,
            category=duty.category,
            outcome=outcome,
            message=self._said(message),
            expected=self._said(getattr(raised, "expected", "")),
            received=self._said(received),
            fix=duty.fix,
            source=duty.source,
            duration_s=round(spent_s, 3),
            curl=curl(exchanges[0].request, self._redactor) if exchanges else "",
            evidence=tuple(
                evidence(e, self._redactor, told, **size) for e in exchanges
            ),
        )

    def _said(self, text: str) -> str:
        return shortened(self._redactor.text(text), MESSAGE_CHARS)


def cases(dataset: Dataset, name: str) -> Sequence[Case] | None:
    """Give the fields or rules that a check's parameter stands for; None if none."""
    if name in _FILTERS:
        return _asked(dataset, *_FILTERS[name])
    equals = _asked(dataset, Operator.EQUALS)
    others: Mapping[str, Sequence[Case]] = {
        "advised_rule": advised_rules(dataset),
        "demanded_rule": demanded_rules(dataset),
        "privacy_rule": dataset.projection.rules if dataset.projection else (),
        "number_filter": [f for f in equals if f.is_number],
        "exact_filter": [f for f in equals if not f.is_number],
        "closed_filter": [f for f in equals if f.catalog],
        "sort_field": dataset.sort_fields,
    }
    return others.get(name)


def _asked(dataset: Dataset, *operators: Operator) -> list[FilterField]:
    """Give the filters that every provider must have."""
    return [f for f in dataset.filters if f.operator in operators and not f.optional]


def _check_id(item: pytest.Item) -> str:
    function = getattr(item, "function", None)
    check_id = getattr(function, "check_id", item.name.partition("[")[0])
    case = item.name.partition("[")[2]
    return f"{check_id}[{case}" if case else str(check_id)


def _title(item: pytest.Item) -> str:
    lines = (getattr(item, "function", item).__doc__ or "").strip().splitlines()
    return lines[0] if lines else item.name


def _outcome(duty: Duty, raised: BaseException | None) -> Outcome:
    if raised is None:
        return Outcome.PASS
    if isinstance(raised, FindingError):
        binds = duty.level is Level.MUST and not isinstance(raised, AdviceError)
        return Outcome.FAIL if binds else Outcome.WARN
    return Outcome.SKIP if isinstance(raised, NotTriedError) else Outcome.ERROR


def _message(raised: BaseException | None) -> str:
    if raised is None:
        return ""
    if isinstance(raised, PdnError):
        return raised.message
    if isinstance(raised, MemoryError):
        return (
            "La respuesta no cabe en la memoria de la prueba, que se detuvo. Pida "
            "páginas menores, o pruebe con más memoria."
        )
    place = traceback.extract_tb(raised.__traceback__)[-1:]
    found = "".join(f" en {Path(p.filename).name}:{p.lineno}" for p in place)
    return (
        "La prueba falló por un error nuestro, no del proveedor "
        f"({type(raised).__name__}{found}). Avise a quien mantiene el SDK."
    )
