"""Runs are private, open to who has the address, or listed; evidence is listed."""

from django.db import migrations, models


def list_evidence(apps, schema_editor):
    """List the open runs that claims rest on; the others leave the lists."""
    runs = apps.get_model("labs", "LabRun").objects
    runs.filter(visibility="link", evidence__isnull=False).update(visibility="listed")


def unlist(apps, schema_editor):
    """Call them what the former version knows."""
    runs = apps.get_model("labs", "LabRun").objects
    runs.filter(visibility="listed").update(visibility="link")


class Migration(migrations.Migration):

    dependencies = [
        ("labs", "0003_operators_and_what_others_see_of_runs"),
    ]

    operations = [
        migrations.AlterField(
            model_name="labrun",
            name="visibility",
            field=models.CharField(
                choices=[
                    ("private", "Private: only you, and who looks after this site"),
                    ("link", "By link: everybody who has its address"),
                    ("listed", "Listed: everybody, and claims may rest on it"),
                ],
                default="private",
                max_length=8,
            ),
        ),
        migrations.RunPython(list_evidence, unlist),
    ]
