"""Saves a page together with its relations as one version in its history, not two."""


def save_version(page, is_new):
    """Save a page whose relations are saved already, as one version with all of them.

    Earlier saves must have set `skip_history_when_saving`, or there would be a version
    without the relations. `is_new` says that this is the page's first version.
    """
    page.save()
    if is_new:
        # simple_history takes the second save of a new row for a change.
        version = page.history.first()
        version.history_type = "+"
        version.save(update_fields=["history_type"])
