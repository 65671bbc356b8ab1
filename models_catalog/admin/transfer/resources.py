"""Pages as rows of a table: the columns are those of content files, and status.

django-import-export carries rows in and out; what a value may be, the same code says
that reads content files.
"""

import json
import re
from dataclasses import MISSING, fields

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import Widget

from models_catalog.admin.transfer.import_findings import Findings
from models_catalog.curation import claim_checks
from models_catalog.files.fields import (
    SLUG,
    Mappings,
    Numbers,
    Refused,
    Slugs,
    Texts,
    plain,
    read,
)
from models_catalog.files.kinds import NAMES
from models_catalog.files.reader import GROUPS
from models_catalog.files.references import unknown
from models_catalog.history import diff
from models_catalog.models import ROWS, Claim
from models_catalog.sync import rows

_LISTS = (Texts, Slugs, Numbers, Mappings)


class ContentField(Field):
    """A column for one field of a kind of content file."""

    def __init__(self, content_field):
        key = NAMES.get(content_field.name, content_field.name)
        super().__init__(attribute=content_field.name, column_name=key)
        self.content_field = content_field

    def __deepcopy__(self, memo):
        """Return itself: every resource copies its fields, and this never changes."""
        return self

    def clean(self, row, **kwargs):
        """Return a cell's plain value; ValueError with what was found and wanted."""
        given = row[self.column_name]
        if given is None or given == "":
            return self._when_empty()
        try:
            value = read(self._parsed(given), self.content_field, self.column_name)
        except Refused as error:
            raise ValueError(error.message) from None
        self._check_slugs(value)
        return value

    def _when_empty(self):
        if self.content_field.default is MISSING:
            raise ValueError(f"{self.column_name} is missing")
        return self.content_field.default

    def _parsed(self, given):
        """Return a cell as a content file would have it."""
        kind = self.content_field.type
        if not isinstance(given, str):
            return given
        if kind is int:
            return int(given) if re.fullmatch(r"-?\d{1,9}", given.strip()) else given
        if kind not in _LISTS:
            return given
        if given.lstrip().startswith("["):
            return _json(given, self.column_name)
        items = [item.strip() for item in given.split(",") if item.strip()]
        if kind is Numbers:
            return [int(item) if item.isdecimal() else item for item in items]
        return items

    def _check_slugs(self, value):
        if self.attribute == "slug" and not SLUG.match(value):
            raise ValueError(f"{value!r} is not a slug")
        if group := self.content_field.metadata.get("refers"):
            within = self.content_field.metadata.get("within")
            named = value if isinstance(value, tuple) else (value,)
            named = {one[within] if within else one for one in named}
            kind = ROWS[group].objects
            there = set(kind.filter(slug__in=named).values_list("slug", flat=True))
            if gone := sorted(named - there - {""}):
                known = list(kind.values_list("slug", flat=True))
                raise ValueError(unknown(GROUPS[group].word, gone[0], known))

    def save(self, instance, row, is_m2m=False, **kwargs):
        """Give a row the columns; what it says of others waits for its number."""
        value = self.clean(row)
        instance.__dict__.setdefault("incoming", {})[self.attribute] = value
        rows.set_columns(instance, {self.attribute: value})

    def export(self, instance, **kwargs):
        """Return the cell of a row."""
        value = getattr(instance, self.attribute)
        if self.content_field.type is Slugs:
            return ", ".join(value)
        if isinstance(value, tuple | list):
            return json.dumps(plain(value), ensure_ascii=False) if value else ""
        return value


def _json(text, key):
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(f"{key} must be a list, and this is no JSON") from None


class StatusWidget(Widget):
    """A page's status; an empty cell leaves it as it is."""

    def clean(self, value, row=None, **kwargs):
        """Return it in lower case, or None."""
        return str(value).strip().lower() or None if value is not None else None


class MomentWidget(Widget):
    """A date and time, in UTC unless it says otherwise."""

    def clean(self, value, row=None, **kwargs):
        """Return it, or None for an empty cell."""
        if value in (None, ""):
            return None
        try:
            moment = parse_datetime(str(value).strip())
        except ValueError:
            moment = None
        if moment is None:
            raise ValueError(f"must be like 2026-12-31 09:00, not {value!r}")
        return moment if timezone.is_aware(moment) else moment.replace(tzinfo=_UTC)

    def render(self, value, obj=None, **kwargs):
        """Return it as text."""
        return value.isoformat() if value else ""


_UTC = timezone.get_fixed_timezone(0)


class PageDiff:
    """What an import changes in a page, as Differences."""

    def __init__(self, resource, instance, new):
        self._before = {} if new else diff.shown(instance)
        self._after = {}

    def compare_with(self, resource, instance):
        """Remember what has become of it."""
        self._after = diff.shown(instance) if instance else {}

    def as_html(self):
        """Return the differences; the template shows them."""
        return diff.between(self._before, self._after)


class PageResource(ModelResource):
    """What the resources of all kinds do alike."""

    @classmethod
    def get_diff_class(cls):
        """Show fields and lines, without styles in attributes."""
        return PageDiff

    def get_queryset(self):
        """Fetch what cells are made of with the rows."""
        return self._meta.model.objects.for_content()

    def import_data(self, dataset, dry_run=False, **options):
        """Import a table; the Result also has `faults` and `warnings`, as sentences.

        A table that is wrong as a whole is not imported, but its rows are looked at:
        all that is wrong is told together.
        """
        group = next(name for name, kind in ROWS.items() if kind is self._meta.model)
        found = Findings(dataset, options.get("file_name"), group)
        self._findings = found
        faults = found.of_table([f.column_name for f in self.get_import_fields()])
        if "slug" in (dataset.headers or ()):
            dry_run = dry_run or bool(faults)
            result = super().import_data(dataset, dry_run=dry_run, **options)
            result.faults = [*faults, *found.of_rows(result)]
        else:
            result = self.get_result_class()()
            result.faults = faults
        for told in faults:
            result.append_base_error(self.get_error_result_class()(told))
        result.warnings = [] if result.faults else found.dead_links()
        return result

    def after_init_instance(self, instance, new, row, **kwargs):
        """Remember its text, to tell what the import breaks in it."""
        instance.body_before = "" if new else instance.body

    def after_save_instance(self, instance, row, **kwargs):
        """Hand over its text, before and after."""
        number = kwargs["row_number"]
        self._findings.remember(number, instance.body_before, instance.body)

    def init_instance(self, row=None):
        """Begin a new page as a draft."""
        return self._meta.model(status=self._meta.model.Status.DRAFT)

    def skip_row(self, instance, original, row, import_validation_errors=None):
        """Leave alone what is as it was."""
        if import_validation_errors or instance.pk is None:
            return False
        same_dates = (instance.status, instance.publish_at) == (
            original.status,
            original.publish_at,
        )
        before = original.content()
        return same_dates and all(
            before[name] == value for name, value in instance.incoming.items()
        )

    def validate_instance(
        self, instance, import_validation_errors=None, validate_unique=True
    ):
        """Refuse a claim that is given runs that nobody could make, too."""
        errors = dict(import_validation_errors or {})
        for key, _, sentence in self._faults_of_claim(instance):
            errors = ValidationError({key: sentence}).update_error_dict(errors)
        super().validate_instance(instance, errors, validate_unique)

    def _faults_of_claim(self, instance):
        if isinstance(instance, Claim) and {"runs", "expect"} & set(instance.incoming):
            return claim_checks.faults_of(instance)
        return []

    def do_instance_save(self, instance, is_create):
        """Save a page with its relations; it counts as a curator's change."""
        rows.take(instance, instance.incoming, instance.synced_digest)


def resource_for(kind):
    """Return the resource class of a kind of page."""
    columns = {f.name: ContentField(f) for f in fields(kind.file_kind)}
    names = [*columns, "status", "publish_at"]
    options = {
        "model": kind,
        "fields": names,
        "import_order": names,
        "export_order": names,
        "import_id_fields": ["slug"],
        "clean_model_instances": True,
        "store_row_values": True,
    }
    columns["status"] = Field(
        "status", "status", StatusWidget(), saves_null_values=False
    )
    columns["publish_at"] = Field("publish_at", "publish_at", MomentWidget())
    meta = type("Meta", (), options)
    return type(f"{kind.__name__}Resource", (PageResource,), columns | {"Meta": meta})
