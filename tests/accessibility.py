"""The audit of a page against WCAG 2.2 AA, by axe-core, in a browser that shows it.

axe-core comes with the package axe-playwright-python: nothing is asked of the
network, and a page that forbids foreign scripts is audited as it is served.
"""

from collections.abc import Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe

LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
"""The tags of axe-core that make up WCAG 2.2 AA: each version adds to the last."""

RUN_ONLY = {"runOnly": {"type": "tag", "values": list(LEVELS)}}


def barriers(page: Any) -> list[str]:
    """Give what hinders people in the page that is open, one line for each place.

    What is folded away is unfolded for the audit, for it is part of the page, and
    folded again. The list is empty for a page without barriers.
    Shape: `rule: how to mend it: where in the page`.
    """
    folded = page.query_selector_all("details:not([open])")
    for part in folded:
        part.evaluate("part => part.open = true")
    audited = Axe().run(page, options=RUN_ONLY).response
    for part in folded:
        part.evaluate("part => part.open = false")
    assert audited["passes"], "the audit tried no rule"
    return [line for rule in audited["violations"] for line in _lines(rule)]


def _lines(rule: dict[str, Any]) -> Iterator[str]:
    for node in rule["nodes"]:
        why = " ".join(node["failureSummary"].split())
        yield f"{rule['id']}: {why}: {node['target']} {node['html'][:200]}"
