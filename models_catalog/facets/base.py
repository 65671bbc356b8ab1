"""Facets of the lists: what can be chosen, how much there is of it, and addresses.

Within a facet a row needs one of the chosen values, and it needs that of every facet.
A choice's count is of what the list would hold with it alone in its own facet, and
everything chosen in the others.
"""

from django import forms
from django.db.models import Count, F, Value
from django.http import QueryDict
from django_filters import FilterSet, MultipleChoiceFilter, OrderingFilter


class KnownChoices(forms.MultipleChoiceField):
    """Leaves out what is not among the choices: an old address still shows a list."""

    def clean(self, value):
        """Return those of the values that are known, each once."""
        return [v for v in dict.fromkeys(value or ()) if self.valid_value(v)]


class Facet(MultipleChoiceFilter):
    """A column whose values are chosen from; `is_closed` shows those of no row too.

    `of_many` names a column of other pages, of which a row may have several.
    """

    field_class = KnownChoices

    def __init__(self, label, values=None, of_many=None):
        super().__init__(
            field_name=of_many,
            label=label,
            choices=list((values or {}).items()),
            distinct=of_many is not None,
        )
        self.is_closed = values is not None


class Sort(OrderingFilter):
    """The order of the list; what is equal in it stays as it is without."""

    def filter(self, rows, words):
        """Return the rows in the order that was chosen."""
        if not words:
            return rows
        columns = [self.get_ordering_value(word) for word in words]
        return rows.order_by(*columns, *rows.model._meta.ordering)


class Facets(FilterSet):
    """The facets of a list over its rows, as the address has them.

    `known` has the choices of those that are not closed lists: name -> {value: label}.
    SORTS are the orders that can be chosen: word -> label, the usual one first.
    """

    SORTS = {"": "In order of learning", "name": "By name"}
    PICKS = "a"  # in the address: the rows that are picked to be compared

    def __init__(self, data, rows, known):
        super().__init__(data, rows)
        for name, values in known.items():
            self.filters[name].extra["choices"] = list(values.items())
        self.form.is_valid()  # reads the address
        read = self.form.cleaned_data
        self.chosen = {name: read.get(name) or [] for name in self._names()}

    def _names(self):
        return [name for name, one in self.filters.items() if isinstance(one, Facet)]

    @property
    def unknown(self):
        """What the address asks for and no facet has: (label of the facet, value)."""
        return [
            (self.filters[name].label, value)
            for name in self.chosen
            for value in dict.fromkeys(self.data.getlist(name))
            if value and value not in self.chosen[name]
        ]

    @property
    def is_filtered(self):
        """Whether anything is chosen."""
        return any(self.chosen.values())

    @property
    def sort(self):
        """The word for the order of the list; empty for the usual one."""
        (word,) = self.form.cleaned_data.get("sort") or [""]
        return word if word in self.SORTS else ""

    @property
    def cleared(self):
        """The query of the address in which nothing is chosen; its order stays."""
        return self._query_of("sort", self.PICKS)

    def _query_of(self, *names):
        data = QueryDict(mutable=True)
        for name in names:
            if values := [value for value in self.data.getlist(name) if value]:
                data.setlist(name, values)
        return f"?{data.urlencode()}" if data else ""

    def counts(self):
        """Return how many rows a choice would leave, by (facet, value); one query."""
        first, *others = (
            self._rows_without(name)
            .values_list(Value(name), F(self.filters[name].field_name))
            .annotate(count=Count("pk", distinct=True))
            for name in self.chosen
        )
        counted = first.union(*others, all=True)
        return {(name, value): count for name, value, count in counted}

    def _rows_without(self, without):
        rows = self.queryset.order_by()
        for name, values in self.chosen.items():
            if name != without:
                rows = self.filters[name].filter(rows, values)
        return rows

    def groups(self):
        """Return each facet with its choices, for the template."""
        counts = self.counts()
        groups = []
        for name in self.chosen:
            listed = list(self._choices(name, counts))
            if any(choice["count"] or choice["chosen"] for choice in listed):
                label = self.filters[name].label
                groups.append({"name": name, "label": label, "choices": listed})
        return groups

    def _choices(self, name, counts):
        for value, label in self.filters[name].extra["choices"]:
            chosen = value in self.chosen[name]
            count = counts.get((name, value), 0)
            if count or chosen or self.filters[name].is_closed:
                yield {
                    "value": value,
                    "label": label,
                    "count": count,
                    "chosen": chosen,
                    "without": self._address_without(name, value),
                }

    def _address_without(self, name, value):
        """Return the query of the address in which one choice is taken back."""
        data = self.data.copy()
        data.setlist(name, [v for v in self.chosen[name] if v != value])
        return f"?{data.urlencode()}"
