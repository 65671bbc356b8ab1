"""Groups of people and what they may do; for migrations, which make them.

A group is made where it is missing, and gains permissions; what an administrator added
to it stays. Permissions are made first: Django itself makes them only after all
migrations.
"""

from django.contrib.auth.management import create_permissions

CURATOR, TEACHER, OPERATOR = "curator", "teacher", "operator"
EVERYTHING = ("view", "add", "change", "delete")


def grant(apps, group, app_label, actions, kinds=None):
    """Let a group carry out actions on kinds of rows of an app; on all if None.

    `apps` are those that the migration has, `kinds` the rows' names in lower case.
    """
    _make_permissions(apps, app_label)
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label=app_label
    )
    if kinds is not None:
        permissions = permissions.filter(content_type__model__in=kinds)
    chosen = [
        permission
        for permission in permissions
        if permission.codename.split("_")[0] in actions
    ]
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=group)
    group.permissions.add(*chosen)


def _make_permissions(apps, app_label):
    config = apps.get_app_config(app_label)
    # Only an app with this is looked at, and those of a migration have none.
    config.models_module = True
    try:
        create_permissions(config, apps=apps, verbosity=0)
    finally:
        config.models_module = None
