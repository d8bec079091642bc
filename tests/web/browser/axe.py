"""axe-core, the accessibility rules, fetched by npm into an ignored folder the first time it is needed."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

_FOLDER = Path(__file__).parents[2]
_SCRIPT = _FOLDER / "node_modules" / "axe-core" / "axe.min.js"
_INSTALL_S = 120
SERIOUS = frozenset({"serious", "critical"})
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""What console pages promise: WCAG 2.2 AA."""


def axe_script() -> str:
    """axe's source. Fails, with words, where it cannot be had."""
    if not _SCRIPT.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.fail("The accessibility rules come by npm: apt-get install npm")
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=_FOLDER, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
        if done.returncode != 0 or not _SCRIPT.exists():
            pytest.fail(f"npm ci in tests/ did not bring axe-core:\n{done.stdout}\n{done.stderr}")
    return _SCRIPT.read_text(encoding="utf-8")


def serious_findings(page: Page, script: str) -> list[str]:
    """Every serious or critical finding on the page, with the elements it is about."""
    page.evaluate(script)
    found: Any = page.evaluate("(tags) => axe.run(document, { runOnly: tags })", RULES)
    return [
        f"{item['id']}: {item['help']}: {[node['html'][:160] for node in item['nodes']]}"
        for item in found["violations"]
        if item["impact"] in SERIOUS
    ]
