"""What axe finds on a page."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
SCRIPT = Axe().axe_script
# Only violations come back: what is in order takes longer to tell than to look at.
RUN = """async ([within, options]) => {
  const found = await axe.run(within ?? document, options);
  return found.violations;
}"""


def violations(
    page: Page, within: list[str] | None = None, rules: dict[str, Any] | None = None
) -> list[str]:
    """List what breaks RULES, on all the page or only within these selectors. `rules`
    are axe's own options for single ones."""
    page.evaluate(SCRIPT)
    context = within and {"include": [[one] for one in within]}
    options = RULES | {"resultTypes": ["violations"], "rules": rules or {}}
    return [
        f"{page.url}: {one['id']}: {node['target']} {node['failureSummary']}"
        for one in page.evaluate(RUN, [context, options])
        for node in one["nodes"]
    ]
