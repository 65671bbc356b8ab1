"""Who may look at rows of a kind that are not for everybody: drafts, above all."""


def may_view(user, kind):
    """Tell whether somebody may view or change rows of a kind, as the admin does."""
    app, name = kind._meta.app_label, kind._meta.model_name
    return any(user.has_perm(f"{app}.{action}_{name}") for action in ("view", "change"))
