"""What an import finds in a table, as sentences: where, in which column, and what."""

from models_catalog.admin.transfer.tables import place_of
from models_catalog.curation.link_check import new_faults
from models_catalog.curation.warnings import known_pages
from models_catalog.files.kinds import NAMES

_COLUMNS = {**NAMES, "position_x": "position", "position_y": "position"}


class Findings:
    """Collects what is found in the rows of one table; `group` is their kind's."""

    def __init__(self, dataset, file_name, group):
        self._dataset, self._file_name, self._group = dataset, file_name, group
        self._texts = []

    def of_table(self, known):
        """Return what is wrong with the table as a whole: its columns and slugs."""
        names = self._dataset.headers or []
        start = f"{self._file_name}: " if self._file_name else ""
        found = [
            f"{start}Unknown column {name!r}; known: {', '.join(known)}"
            for name in names
            if name not in known
        ]
        if "slug" not in names:
            return [*found, f"{start}The column slug is missing"]
        return [*found, *self._twice(self._dataset["slug"])]

    def _twice(self, slugs):
        first = {}
        for number, slug in enumerate(slugs, 1):
            if first.setdefault(slug, number) != number:
                there = place_of(self._dataset, first[slug], "")
                yield f"{self._place(number)}: slug {slug!r} is {there}'s already"

    def of_rows(self, result):
        """Return what is wrong in rows, in their order."""
        found = [
            (row.number, f"{self._row(row.number)}: {error.error}")
            for row in result.error_rows
            for error in row.errors
        ]
        for row in result.invalid_rows:
            for name, messages in row.field_specific_errors.items():
                where = f"{self._row(row.number)}, {_COLUMNS.get(name, name)}"
                found += [(row.number, f"{where}: {told}") for told in messages]
            where = self._row(row.number)
            found += [
                (row.number, f"{where}: {told}")
                for told in row.non_field_specific_errors
            ]
        found.sort(key=lambda one: one[0])
        return list(dict.fromkeys(told for _, told in found))

    def remember(self, number, before, after):
        """Remember the text of a row before the import and after it."""
        self._texts.append((number, before, after))

    def dead_links(self):
        """Return warnings of what texts name now and is not there."""
        slugs = {slug for slug in self._dataset["slug"] if isinstance(slug, str)}
        known = known_pages({self._group: slugs})
        return [
            f"{self._row(number)}: line {line} of its text: {what}"
            for number, before, after in self._texts
            for line, what in new_faults(before, after, known)
        ]

    def _place(self, number):
        return place_of(self._dataset, number, self._file_name)

    def _row(self, number):
        slug = self._dataset["slug"][number - 1]
        return f"{self._place(number)} ({slug})" if slug else self._place(number)
