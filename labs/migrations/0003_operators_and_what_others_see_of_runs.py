"""Operators look after runs; teachers and curators see runs and what came of them."""

from django.db import migrations

from models_catalog.roles import CURATOR, OPERATOR, TEACHER, grant


def make(apps, schema_editor):
    """Make the groups, or give them what they lack."""
    grant(apps, OPERATOR, "labs", ("view", "change", "delete"), ("labrun",))
    grant(apps, OPERATOR, "labs", ("view",), ("evidence",))
    grant(apps, TEACHER, "labs", ("view",), ("labrun", "evidence"))
    grant(apps, CURATOR, "labs", ("view", "change"), ("evidence",))


class Migration(migrations.Migration):

    dependencies = [
        ("labs", "0002_evidence_of_claims"),
        ("models_catalog", "0014_curators_and_teachers"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
