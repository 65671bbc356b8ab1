"""Saves a page together with its relations as one version in its history, not two."""


def save_version(page, is_new):
    """Save a page whose relations are in place, as one version with all of them.

    What was saved of it before had `skip_history_when_saving`. `is_new` says that
    this version is the one that made it.
    """
    page.save()
    if is_new:
        # simple_history takes the second save of a new row for a change.
        version = page.history.first()
        version.history_type = "+"
        version.save(update_fields=["history_type"])
