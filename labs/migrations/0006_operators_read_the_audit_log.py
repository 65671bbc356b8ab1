"""Operators read who did what, see wrong passwords, and end the wait after them.

It stands here and not with the accounts app, which knows no roles.
"""

from django.db import migrations

from models_catalog.roles import OPERATOR, grant


def make(apps, schema_editor):
    """Give the group what it lacks."""
    grant(apps, OPERATOR, "accounts", ("view",), ("auditentry",))
    grant(apps, OPERATOR, "axes", ("view", "delete"), ("accessattempt",))


class Migration(migrations.Migration):

    dependencies = [
        ("labs", "0005_planned_length_and_origin_of_runs"),
        ("accounts", "0001_audit_log"),
        ("axes", "0010_accessattemptexpiration"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
