"""Two groups: curators keep the catalog, teachers read all of it, drafts too."""

from django.db import migrations

from models_catalog.roles import CURATOR, EVERYTHING, TEACHER, grant

_KINDS = (
    "claim", "concurrencymodel", "glossaryterm", "load", "picture", "server",
    "serverrole", "source",
)


def make(apps, schema_editor):
    """Make the groups, or give them what they lack."""
    grant(apps, CURATOR, "models_catalog", EVERYTHING, _KINDS)
    grant(apps, TEACHER, "models_catalog", ("view",), _KINDS)


class Migration(migrations.Migration):

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("models_catalog", "0013_pictures"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
