"""What a network does to a live page: nothing is missing, and nothing is twice."""

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser import runs

pytestmark = pytest.mark.browser


def test_a_second_tab_and_a_late_one_show_the_same(page: Page):
    path = runs.start(page, "nginx", **runs.SHORT)
    second = page.context.new_page()
    second.goto(path)
    runs.wait_for_ticks(page, 10)
    late = page.context.new_page()
    late.goto(path)
    # Not by asking again and again: what such a page gets first is long by now.
    expect(late.locator("[data-part=connection]")).to_have_text("Live")
    for each in (page, second, late):
        runs.wait_for_end(each)
        runs.assert_nothing_missing_or_doubled(each, path)


def test_the_board_is_the_same_live_loaded_anew_and_without_script(
    page: Page, browser, base_url: str
):
    path = runs.start(page, "apache-worker", **runs.SHORT)
    runs.wait_for_end(page)
    live = runs.inside(page)
    assert "idle in the pool (futex)" in live
    assert "in the kernel and not accepted" in live
    page.reload()
    assert runs.inside(page) == live
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    plain = context.new_page()
    plain.goto(path)
    assert runs.inside(plain) == live
    context.close()


def test_what_a_client_sends_is_bounded(page: Page):
    path = runs.start(page, "nginx", **runs.SHORT)
    code = page.evaluate(
        """(path) => new Promise((resolve) => {
            const socket = new WebSocket(`ws://${location.host}/ws${path}`);
            socket.onmessage = () => socket.send("x".repeat(5000));
            socket.onclose = (event) => resolve(event.code);
        })""",
        path,
    )
    assert code == 1006  # RFC 6455, section 7.4.1: ended without a word
    runs.wait_for_end(page)


class CutOff:
    """A network that loses every connection after a few messages."""

    def __init__(self, messages: int) -> None:
        self.messages, self.sockets = messages, 0

    def __call__(self, socket: WebSocketRoute) -> None:
        self.sockets += 1
        server, passed = socket.connect_to_server(), 0

        def pass_on(message) -> None:
            nonlocal passed
            passed += 1
            if passed > self.messages:
                socket.close(code=1011)
                server.close()
            else:
                socket.send(message)

        server.on_message(pass_on)


def test_a_connection_that_is_lost_again_and_again(page: Page):
    cut_off = CutOff(messages=6)
    page.route_web_socket("**/ws/runs/**", cut_off)
    path = runs.start(page, "nginx", **runs.SHORT)
    runs.wait_for_end(page)
    assert cut_off.sockets > 2
    runs.assert_nothing_missing_or_doubled(page, path)


def test_where_sockets_are_not_let_through_it_asks(page: Page):
    page.route_web_socket("**/ws/runs/**", lambda socket: socket.close(code=1011))
    path = runs.start(page, "nginx", **runs.SHORT)
    state = page.locator("[data-part=connection]")
    expect(state).to_contain_text("asking once a second", timeout=runs.LONG_MS)
    runs.wait_for_end(page)
    runs.assert_nothing_missing_or_doubled(page, path)


def test_stop_in_the_middle_keeps_what_was_measured(page: Page):
    path = runs.start(page, "nginx", **runs.SHORT | {"before_s": 30})
    runs.wait_for_ticks(page, 4)
    page.get_by_role("button", name="Stop the run").click()
    runs.wait_for_end(page, "cancelled")
    expect(page.locator(".outcome__sentence")).to_contain_text("asked to stop")
    runs.assert_nothing_missing_or_doubled(page, path)
    expect(page.get_by_role("button", name="Stop the run")).to_have_count(0)


def test_a_waiting_run_says_where_it_stands_and_can_be_stopped(page: Page):
    first = runs.start(page, "nginx", **runs.SHORT | {"before_s": 30})
    runs.wait_for_ticks(page, 2)
    second = page.context.new_page()
    runs.start(second, "nginx", **runs.SHORT)
    third = page.context.new_page()
    runs.start(third, "nginx", **runs.SHORT)
    sentence = third.locator("[data-part=sentence]")
    expect(sentence).to_contain_text("Number 2 in the queue; about")
    stop(second)
    expect(sentence).to_contain_text("Number 1 in the queue; about")
    stop(third)
    page.goto(first)
    stop(page)


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop the run").click()
    runs.wait_for_end(page, "cancelled")


@pytest.mark.alone  # for its verdict
def test_without_script_the_page_is_complete(browser, base_url: str):
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    page = context.new_page()
    path = runs.start(page, "single-thread", **runs.SHORT)
    until = page.locator(".verdict--denied").first
    for _ in range(60):  # its own refresh, hurried along
        page.goto(path)
        if until.count():
            break
        page.wait_for_timeout(500)
    expect(until).to_be_visible()
    rows = page.locator("[data-chart-rows] tr")
    assert rows.count() > 10
    expect(page.locator("[data-part=board] tr").first).to_contain_text("python3")
    context.close()
