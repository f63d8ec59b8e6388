"""What changed between two reports, and why."""

import io
import json

import pytest
from click.testing import CliRunner
from rich.console import Console
from tests.sdk.reports import failing, report, result

from pdn_sdk.cli.main import group
from pdn_sdk.conformance.render import console
from pdn_sdk.conformance.render.comparison import Why, compared
from pdn_sdk.conformance.report import InvalidReportError, to_json
from pdn_sdk.conformance.results import Outcome

DATA = {"records": 300, "fingerprint": "a" * 16}
OTHER_DATA = {"records": 301, "fingerprint": "b" * 16}
OTHER_RULES = {"name": "pdn-sdk", "version": "0.2.0", "ruleset_hash": "f" * 16}
ERRED = result("SEA-01", Outcome.ERROR, message="No se pudo conectar.")


def after(before, *results, **changes):
    return compared(report(*before, data=DATA), report(*results, **changes))


@pytest.mark.parametrize(
    ("now", "changes", "why"),
    [
        (failing("SEA-01"), {"data": DATA}, Why.PROVIDER),
        (failing("SEA-01"), {}, Why.PROVIDER),
        (failing("SEA-01"), {"data": OTHER_DATA}, Why.DATA),
        (failing("SEA-01"), {"data": DATA, "suite": OTHER_RULES}, Why.RULES),
        (failing("SEA-01"), {"data": DATA, "profile": "spec"}, Why.RULES),
        (ERRED, {"data": OTHER_DATA, "suite": OTHER_RULES}, Why.NETWORK),
    ],
    ids=["same data", "data unknown", "data", "rules", "profile", "outage"],
)
def test_each_change_has_its_cause(now, changes, why):
    (change,) = after([result("SEA-01")], now, **changes).changes

    assert (change.id, change.before, change.after) == (
        "SEA-01",
        Outcome.PASS,
        now.outcome,
    )
    assert change.why is why


def test_other_data_do_not_explain_a_token_that_is_refused():
    (change,) = after([result("ACC-01")], failing("ACC-01"), data=OTHER_DATA).changes

    assert change.why is Why.PROVIDER


def test_check_that_was_not_asked_for_is_not_the_provider_s_doing():
    (change,) = after([], result("PAG-01"), data=DATA).changes

    assert (change.before, change.why) == (None, Why.SELECTION)


def test_other_rules_explain_a_check_that_is_new():
    (change,) = after([], result("PAG-01"), suite=OTHER_RULES).changes

    assert change.why is Why.RULES


def test_equal_reports_have_no_changes():
    same = after([result(), failing("PAG-02")], result(), failing("PAG-02"), data=DATA)

    assert same.changes == ()
    assert (same.rules_changed, same.data_changed) == (False, False)


def test_reports_of_different_standards_are_not_compared():
    with pytest.raises(InvalidReportError, match="s2 y s1"):
        compared(report(), report(standard={"key": "s1", "version": "1"}))


def test_terminal_says_in_one_sentence_what_changed():
    out = io.StringIO()
    worse = after([result("SEA-01")], failing("SEA-01"), data=OTHER_DATA)

    console.show_comparison(worse, Console(file=out, width=80, highlight=False))

    told = out.getvalue()
    assert told.strip().splitlines()[0] == (
        "1 prueba cambió; 1 falla ahora y antes no."
    )
    assert "Datos: otros (300 registros y 301 registros)." in told
    assert "Cambiaron los datos" in told
    assert max(map(len, told.splitlines())) <= 80


@pytest.fixture
def kept(tmp_path):
    """Write reports and give their paths."""

    def write(name, made):
        path = tmp_path / name
        path.write_text(to_json(made), encoding="utf-8")
        return str(path)

    return write


def pdn(*words):
    return CliRunner().invoke(group, list(words), env={"COLUMNS": "80"})


def test_command_ends_with_one_where_something_changed(kept):
    good = kept("a.json", report(result()))
    bad = kept("b.json", report(failing()))

    assert pdn("report", "diff", good, good).exit_code == 0
    assert pdn("report", "diff", good, bad).exit_code == 1


def test_command_gives_the_changes_as_json(kept):
    good = kept("a.json", report(result(), data=DATA))
    bad = kept("b.json", report(failing(), data=DATA))

    told = json.loads(pdn("report", "diff", good, bad, "--json").output)

    assert told["data_changed"] is False
    (change,) = told["changes"]
    assert (change["id"], change["before"], change["after"], change["why"]) == (
        *("PAG-01", "pass"),
        *("fail", "provider"),
    )


@pytest.mark.parametrize(
    ("kind", "ending", "start"),
    [
        ("html", ".html", b"<!doctype html>"),
        ("junit", ".xml", b"<?xml"),
        ("acta", ".pdf", b"%PDF"),
    ],
)
def test_kept_report_is_shown_in_another_form_later(
    kept, tmp_path, kind, ending, start
):
    path = kept("a.json", report(failing()))

    outcome = pdn("report", kind, path)

    assert outcome.exit_code == 0
    assert (tmp_path / f"a{ending}").read_bytes().startswith(start)


@pytest.mark.parametrize("order", [("html",), ("diff", "x.json")])
def test_file_that_is_not_a_report_is_refused_in_words(tmp_path, order):
    path = tmp_path / "x.json"
    path.write_text("{}", encoding="utf-8")
    words = [str(path) if w == "x.json" else w for w in order]

    outcome = pdn("report", *words, str(path))

    assert isinstance(outcome.exception, InvalidReportError)
    assert "«pdn check»" in outcome.exception.message


def test_form_goes_where_it_is_asked(kept, tmp_path):
    path = kept("a.json", report(failing()))

    outcome = pdn("report", "html", path, "-o", str(tmp_path / "otro.html"))

    assert "otro.html" in outcome.output.replace("\n", "")
    assert (tmp_path / "otro.html").exists()
