"""The way of a first visitor: two clicks, a live run, a verdict."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser import runs

pytestmark = [pytest.mark.browser, pytest.mark.alone]


def test_two_clicks_from_home_to_a_verdict(page: Page):
    page.goto("/")
    page.get_by_role("link", name="Single thread", exact=True).first.click()
    page.get_by_role("button", name="Start the run").click()
    page.wait_for_url("**/runs/*/")

    runs.wait_for_ticks(page, 3)
    early = page.locator("[data-part=probe-summary]").text_content()
    plot = page.locator("[data-chart-plot] canvas").first
    before = plot.screenshot()
    runs.wait_for_ticks(page, 12)
    assert plot.screenshot() != before
    assert page.locator("[data-part=probe-summary]").text_content() != early
    expect(page.locator("[data-part=board] tr").first).to_contain_text("python3")

    page.reload()  # in the middle
    runs.wait_for_ticks(page, 15)
    runs.wait_for_end(page)
    expect(page.locator(".verdict").first).to_have_text("Denied")
    sentence = page.locator(".outcome__sentence").text_content()
    assert re.match(r"The only thread was held by a slow client from \d", sentence)
    runs.assert_nothing_missing_or_doubled(page, urlsplit(page.url).path)


def test_a_finished_run_looks_the_same_again(page: Page):
    path = runs.start(page, "nginx", **runs.SHORT)
    runs.wait_for_end(page)
    expect(page.locator(".verdict").first).to_have_text("Holds")
    texts = page.locator("main").inner_text()
    page.goto(path)
    expect(page.locator("[data-part=connection]")).to_have_text("The run is over")
    assert page.locator("main").inner_text() == texts
    result = page.request.get(f"{path}result.json").json()
    assert result["verdict"] == "holds"
    lines = page.request.get(f"{path}series.csv").text().splitlines()
    assert len(lines) == 1 + len(result["series"]["t_s"])


def test_run_it_again_with_another_server(page: Page):
    runs.start(page, "nginx", **runs.SHORT)
    runs.wait_for_end(page)
    page.locator(".outcome ~ nav, nav[aria-labelledby=other-servers]").get_by_role(
        "link", name="Single thread"
    ).click()
    expect(page.locator("h1")).to_have_text("Slowloris on Single thread")
    page.go_back()
    page.get_by_role("link", name="Run it again").click()
    expect(page.locator("[name=param_connections]")).to_have_value("8")
    expect(page.locator("h1")).to_have_text("Slowloris on NGINX")


def test_wrong_values_are_named_beside_their_fields(page: Page):
    page.goto("/labs/slowloris/?server=nginx")
    page.fill("[name=param_connections]", "999999")
    page.fill("[name=knob_processes]", "0")
    page.get_by_role("button", name="Start the run").click()
    field = page.locator(".field", has=page.locator("[name=param_connections]"))
    expect(field).to_contain_text("connections must be between 1 and 50000, not 999999")
    field = page.locator(".field", has=page.locator("[name=knob_processes]"))
    expect(field).to_contain_text("processes must be between 1 and 16, not 0")
    expect(page.locator("[name=param_connections]")).to_have_value("999999")
