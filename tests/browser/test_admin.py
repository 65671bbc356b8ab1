"""The curator's tools in a browser: live preview, pictures, conflicts, the way back."""

import io

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import axe
from tests.browser.test_pages import LOOKS, overflow
from tests.site import Site

pytestmark = pytest.mark.browser

# Two people, and for each test a page of its own; prints where these are changed.
PEOPLE = """
from django.contrib.auth import get_user_model
from models_catalog.models import Load
users = get_user_model().objects
for name in ("ann", "ben"):
    users.create_superuser(name, password=f"long-words-{name}")
for number in range(30):
    load = Load.objects.create(
        slug=f"tried-{number}", title="Tried", kind="load", summary="s",
        body="First words.", status="draft",
    )
    print(f"/admin/models_catalog/load/{load.pk}/")
"""
# Our own parts; Django's admin has findings of its own, of landmarks and contrast.
OURS = [".attention", ".quick-links", "#content-related", ".warnings", ".conflict"]
OURS += [".editor", ".history", ".bundle", ".picker"]


@pytest.fixture(scope="module")
def untried(site: Site) -> list[str]:
    """Make the people and the pages; return the pages' addresses."""
    return site.manage("shell", "--no-imports", "-c", PEOPLE).split()


@pytest.fixture(scope="module")
def cookies(browser: Browser, base_url: str, untried: list[str]) -> dict[str, list]:
    """Log everybody in, once; return what their browsers then send."""
    return {name: _log_in(browser, base_url, name) for name in ("ann", "ben")}


def _log_in(browser: Browser, base_url: str, name: str) -> list:
    context = browser.new_context(base_url=base_url)
    page = context.new_page()
    page.goto("/admin/login/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", f"long-words-{name}")
    page.click("[type=submit]")
    page.wait_for_url("**/admin/")
    found = context.cookies()
    context.close()
    return found


@pytest.fixture
def tried(untried: list[str]) -> str:
    """Return the address of a page to be tried on."""
    return untried.pop()


def enter(page: Page, cookies: list) -> Page:
    page.context.add_cookies(cookies)
    return page


@pytest.fixture
def ann(page: Page, cookies: dict) -> Page:
    return enter(page, cookies["ann"])


@pytest.fixture
def ben(browser: Browser, base_url: str, cookies: dict):
    context = browser.new_context(base_url=base_url)
    yield enter(context.new_page(), cookies["ben"])
    context.close()


def save(page: Page) -> None:
    page.click("[name=_continue]")


def picture() -> dict:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(file, "PNG")
    return {"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()}


def violations(page: Page) -> list[str]:
    """List what axe finds in our parts. Its own styles break the site's policy, so a
    page that is watched for complaints cannot be looked at.
    """
    here = [one for one in OURS if page.locator(one).count()]
    assert here, page.url
    # Whole pages have one heading of the first level; parts of one have none.
    return axe.violations(page, here, {"page-has-heading-one": {"enabled": False}})


class TestLivePreview:
    def test_it_follows_what_is_typed(self, ann: Page, tried: str):
        ann.goto(f"{tried}change/")
        preview = ann.locator(".editor__preview")
        expect(preview).to_contain_text("First words.")
        ann.fill("[name=body]", "Now **bold** and `code`.")
        expect(preview.locator("strong")).to_have_text("bold")
        expect(preview.locator("code")).to_have_text("code")

    def test_a_citation_is_a_number_with_its_source_beside_it(
        self, ann: Page, tried: str
    ):
        ann.goto(f"{tried}change/")
        ann.fill("[name=body]", "So it is [@kegel-c10k].")
        note = ann.locator(".editor__preview .note__text").first
        expect(note).to_contain_text("Dan Kegel")
        expect(note).to_be_hidden()
        ann.locator(".editor__preview .note__mark").first.hover()
        expect(note).to_be_visible()

    def test_nothing_that_is_typed_acts(self, ann: Page, tried: str):
        ann.goto(f"{tried}change/")
        ann.fill(
            "[name=body]", "<img src=x onerror=alert(1)> [x](javascript:alert(1)) end"
        )
        preview = ann.locator(".editor__preview .prose")
        expect(preview).to_contain_text("end")
        assert preview.locator("img, script, a[href^=javascript]").count() == 0

    def test_it_can_be_put_away(self, ann: Page, tried: str):
        ann.goto(f"{tried}change/")
        toggle = ann.get_by_role("button", name="Live preview")
        toggle.click()
        expect(ann.locator(".editor__preview")).to_be_hidden()
        expect(toggle).to_have_attribute("aria-pressed", "false")

    def test_it_says_when_the_site_does_not_answer(
        self, ann: Page, tried: str, context: BrowserContext
    ):
        ann.goto(f"{tried}change/")
        expect(ann.locator(".editor__preview")).to_contain_text("First words.")
        context.set_offline(True)
        ann.fill("[name=body]", "Typed on the train")
        note = ann.locator(".editor__note")
        expect(note).to_contain_text("What you typed is still here")
        context.set_offline(False)
        ann.fill("[name=body]", "Arrived")
        expect(ann.locator(".editor__preview")).to_contain_text("Arrived")
        expect(note).to_be_empty()

    def test_the_whole_page_is_shown_in_a_tab_of_its_own(self, ann: Page, tried: str):
        ann.goto(f"{tried}change/")
        ann.fill("[name=title]", "Only typed")
        with ann.context.expect_page() as opened:
            ann.get_by_role("button", name="Preview", exact=True).click()
        shown = opened.value
        expect(shown.get_by_role("heading", level=1)).to_have_text("Only typed")
        expect(shown.locator(".notice--warning")).to_contain_text("nothing of this")
        assert ann.input_value("[name=title]") == "Only typed"
        ann.reload()
        assert ann.input_value("[name=title]") == "Tried"

    def test_without_script_the_text_can_be_written(
        self, browser: Browser, base_url: str, tried: str, cookies: dict
    ):
        context = browser.new_context(base_url=base_url, java_script_enabled=False)
        page = enter(context.new_page(), cookies["ann"])
        page.goto(f"{tried}change/")
        page.fill("[name=body]", "Written without script.")
        save(page)
        page.goto(f"{tried}change/")
        assert page.input_value("[name=body]") == "Written without script."
        context.close()


class TestPicker:
    def test_a_picture_is_uploaded_with_its_words_and_put_in(
        self, ann: Page, tried: str
    ):
        ann.goto(f"{tried}change/")
        ann.get_by_role("button", name="Insert a picture").click()
        dialog = ann.get_by_role("dialog")
        dialog.locator("[name=file]").set_input_files(picture())
        dialog.get_by_role("button", name="Upload and insert").click()
        expect(dialog.get_by_role("alert")).to_contain_text("text is required")
        dialog.locator("[name=alt]").fill("A queue of clients")
        dialog.get_by_role("button", name="Upload and insert").click()
        expect(dialog).to_have_count(0)
        expect(ann.locator(".editor__preview img")).to_have_attribute(
            "alt", "A queue of clients"
        )
        assert "![A queue of clients](/media/pictures/" in ann.input_value(
            "[name=body]"
        )

    def test_one_that_is_there_is_chosen_by_keyboard(self, ann: Page, tried: str):
        ann.goto("/admin/models_catalog/picture/add/")
        ann.set_input_files("[name=file]", picture())
        ann.fill("[name=alt]", "Chosen by keyboard")
        save(ann)
        ann.goto(f"{tried}change/")
        ann.get_by_role("button", name="Insert a picture").focus()
        ann.keyboard.press("Enter")
        ann.get_by_role("button", name="Chosen by keyboard").first.press("Enter")
        expect(ann.locator("[name=body]")).to_be_focused()
        expect(ann.locator(".editor__preview img")).to_be_visible()
        assert ann.evaluate(
            "() => document.querySelector('.editor__preview').shadowRoot"
            ".querySelector('img').decode().then(() => true)"
        )


class TestTwoPeople:
    def test_the_second_one_sees_both_and_decides(
        self, ann: Page, ben: Page, tried: str
    ):
        for page in (ann, ben):
            page.goto(f"{tried}change/")
        ann.fill("[name=body]", "Words of ann.")
        save(ann)
        ben.fill("[name=body]", "Words of ben.")
        save(ben)
        conflict = ben.locator("[data-conflict]")
        expect(conflict).to_be_focused()
        expect(conflict).to_contain_text("ann saved it")
        expect(conflict.locator("pre").nth(0)).to_have_text("Words of ann.")
        expect(conflict.locator("pre").nth(1)).to_have_text("Words of ben.")
        assert ben.input_value("[name=body]") == "Words of ben."
        assert violations(ben) == []
        ben.fill("[name=body]", "Words of ann and ben.")
        save(ben)
        expect(ben.locator(".messagelist .success")).to_be_visible()
        ann.reload()
        assert ann.input_value("[name=body]") == "Words of ann and ben."


class TestRestoring:
    def test_a_version_comes_back(self, ann: Page, tried: str):
        ann.goto(f"{tried}change/")
        ann.fill("[name=body]", "A mistake.")
        save(ann)
        ann.get_by_role("link", name="History").click()
        newest = ann.locator(".version").first
        expect(newest).to_contain_text("by ann")
        expect(newest.locator("ins")).to_have_text("A mistake.")
        expect(newest.locator("del")).to_have_text("First words.")
        ann.locator(".version h2 a").nth(1).click()
        ann.get_by_role("button", name="Restore this version").click()
        expect(ann.locator("[name=body]")).to_have_value("First words.")


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def look(request, browser: Browser, base_url: str, cookies: dict):
    """Return a page of one width and theme, with ann logged in."""
    width, theme = request.param
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        reduced_motion="reduce",
    )
    yield enter(context.new_page(), cookies["ann"])
    context.close()


def test_a_list_goes_through_a_spreadsheet_and_back(look: Page, tried: str):
    """Export a list, change a cell, look at what that would do, bring it in."""
    number = tried.split("/")[-2]
    look.goto(f"/admin/models_catalog/load/?id__exact={number}")
    with look.expect_download() as started:
        look.get_by_role("link", name="Export").click()
    table = started.value.path().read_text(encoding="utf-8-sig")
    assert table.count("tried-") == 1 and "First words." in table
    changed = table.replace("First words.", "Other words.").encode()
    look.get_by_role("link", name="Import").click()
    file = {"name": "t.csv", "mimeType": "text/csv", "buffer": changed}
    look.set_input_files("[name=file]", file)
    look.get_by_role("button", name="Look at it").click()
    expect(look.locator(".steps ins")).to_have_text("Other words.")
    assert violations(look) == [] and overflow(look) <= 0
    look.get_by_role("button", name="Bring it in").click()
    expect(look.locator(".messagelist")).to_contain_text("1 updated")
    look.goto(f"{tried}change/")
    expect(look.locator("[name=body]")).to_have_value("Other words.")


def test_our_parts_hold_axe_and_fit(look: Page, tried: str):
    found = []
    tables = "/admin/models_catalog/load/import/"
    for path in ("/admin/", f"{tried}history/", "/admin/catalog/bundle/", tables):
        look.goto(path)
        found += violations(look)
        assert overflow(look) <= 0, path
    look.goto(f"{tried}history/")
    look.locator(".version h2 a").last.click()
    found += violations(look)
    assert overflow(look) <= 0
    look.goto(f"{tried}change/")
    expect(look.locator(".editor__preview")).to_contain_text("First words.")
    found += violations(look)
    assert overflow(look) <= 0
    look.get_by_role("button", name="Insert a picture").click()
    look.get_by_role("button", name="Upload and insert").click()
    expect(look.get_by_role("alert")).to_contain_text("Choose a file first")
    found += violations(look)
    assert found == []
