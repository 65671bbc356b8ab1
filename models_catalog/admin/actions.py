"""What can be done with several pages at once."""

from django.contrib import admin, messages
from django.db import transaction
from django.shortcuts import redirect

from models_catalog.admin.cloning import clone
from models_catalog.files.format import ContentError
from models_catalog.sync import sync


class PageActions:
    """Actions in the lists of pages."""

    actions = ["publish", "unpublish", "take_file_version", "clone_pages"]

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request, pages):
        """Show the selected pages to visitors."""
        self._set_status(request, pages, pages.model.Status.PUBLISHED)

    @admin.action(description="Take back to draft", permissions=["change"])
    def unpublish(self, request, pages):
        """Hide the selected pages from visitors."""
        self._set_status(request, pages, pages.model.Status.DRAFT)

    @transaction.atomic
    def _set_status(self, request, pages, status):
        # One by one, so that each change is in the page's history.
        changed = [page for page in pages if page.status != status]
        for page in changed:
            page.status = status
            page._change_reason = f"{status.label}, in the list"
            page.save()
        word = "published" if status == status.PUBLISHED else "taken back to draft"
        already = len(pages) - len(changed)
        message = f"{count(changed, self.opts)} {word}"
        if already:
            message += f"; {already} already {'was' if already == 1 else 'were'}"
        self.message_user(request, message, messages.SUCCESS)

    @admin.action(description="Take the file's version again", permissions=["change"])
    def take_file_version(self, request, pages):
        """Give the selected pages the content of their files."""
        for page in pages:
            try:
                found = sync.take_file_version(page)
            except ContentError as error:
                self.message_user(request, str(error), messages.ERROR)
                return
            if not found:
                self.message_user(request, f"{page} has no file", messages.WARNING)

    @admin.action(description="Clone as drafts", permissions=["add"])
    def clone_pages(self, request, pages):
        """Make a draft of each selected page; go to it where there is only one."""
        with transaction.atomic():
            copies = [clone(page) for page in pages]
        message = f"{count(copies, self.opts)} cloned as {one_or_more(copies)}"
        self.message_user(request, message, messages.SUCCESS)
        if len(copies) == 1:
            return redirect(self.address("change", copies[0].pk))


def one_or_more(pages):
    """Say what a list of new pages is."""
    return "a draft" if len(pages) == 1 else "drafts"


def count(pages, options):
    """Count pages in words: 1 server, 2 servers."""
    word = options.verbose_name if len(pages) == 1 else options.verbose_name_plural
    return f"{len(pages)} {word}"
