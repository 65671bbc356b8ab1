"""Rows whose texts are refused where they hold what no text here may hold."""

from django.core.exceptions import ValidationError
from django.db import models

from models_catalog.files.plain_text import fault_in


class PlainFields(models.Model):
    """Checks each text of a row, whether a form, a file or a table brought it."""

    class Meta:
        abstract = True

    def clean_fields(self, exclude=None):
        """Refuse control characters and overrides of the direction of writing."""
        errors = {}
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        for field in self._meta.concrete_fields:
            if field.name in (exclude or ()) or field.name in errors:
                continue
            is_name = isinstance(field, models.CharField)
            found = fault_in(field.value_from_object(self), one_line=is_name)
            if found:
                errors[field.name] = ValidationError(found, code="plain_text")
        if errors:
            raise ValidationError(errors)
