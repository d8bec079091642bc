"""axe-core, the accessibility rules, fetched by npm into an ignored folder the first time it is needed."""

from typing import Any

from playwright.sync_api import Page

from tests.web.browser.npm import npm_script

SERIOUS = frozenset({"serious", "critical"})
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""What console pages promise: WCAG 2.2 AA."""


def axe_script() -> str:
    """axe's source. Fails, with words, where it cannot be had."""
    return npm_script("axe-core/axe.min.js")


def serious_findings(page: Page, script: str) -> list[str]:
    """Every serious or critical finding on the page, with the elements it is about."""
    page.evaluate(script)
    found: Any = page.evaluate("(tags) => axe.run(document, { runOnly: tags })", RULES)
    return [
        f"{item['id']}: {item['help']}: {[node['html'][:160] for node in item['nodes']]}"
        for item in found["violations"]
        if item["impact"] in SERIOUS
    ]
