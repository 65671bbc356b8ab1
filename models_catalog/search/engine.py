"""The search index as both databases have it: one table, and who may see which row.

A subclass says how its table is made, how words are matched and how matches are
ranked and shown. It gets single words only, so nothing that a visitor types is ever
read as an operator.
"""

from contextlib import nullcontext

from django.db.models import CharField
from django.db.models.functions import Cast

TABLE = "models_catalog_search"
# Put around a matched word by the database; no document has them.
MARK, UNMARK = "\x02", "\x03"


class SearchEngine:
    """The index of one database connection. Raises what the database raises."""

    columns = ("kind", "key", "slug", "title", "also", "summary", "body")
    match = ""  # a condition with one parameter: what `asked` returns

    def __init__(self, connection):
        self.connection = connection

    def create(self):
        """Make the table if it is not there."""
        raise NotImplementedError

    def asked(self, words, every):
        """Return the parameter of `match`: all words or any; the last may go on."""
        raise NotImplementedError

    def hits(self, words, every, kinds, limit, offset):
        """Return (kind, slug, title, summary, excerpt), best first, with MARKs in it.

        `kinds` are those wanted. An exact title comes before everything else.
        """
        raise NotImplementedError

    def apart(self):
        """Return a context in which a failed statement spoils no transaction."""
        return nullcontext()

    def is_missing(self):
        """Tell whether there is no table."""
        return TABLE not in self.connection.introspection.table_names()

    def counts(self, words, every, kinds):
        """Return how many documents of each kind match, by the kind's word."""
        visible, parameters = self.visible(kinds)
        sql = f"""SELECT kind, count(*) FROM {TABLE}
            WHERE {self.match} AND {visible} GROUP BY kind"""
        return dict(self._ask(sql, [self.asked(words, every), *parameters]))

    def titles(self, kinds):
        """Return (kind, slug, title) of all that may be seen."""
        visible, parameters = self.visible(kinds)
        return self._ask(
            f"SELECT kind, slug, title FROM {TABLE} WHERE {visible}", parameters
        )

    def put(self, document):
        """Add a document, or replace it."""
        self.remove(document.kind, document.key)
        values = [getattr(document, name) for name in self.columns]
        places = ", ".join(["%s"] * len(values))
        names = ", ".join(self.columns)
        self._do(f"INSERT INTO {TABLE} ({names}) VALUES ({places})", values)

    def remove(self, kind, key):
        """Remove a document."""
        self._do(f"DELETE FROM {TABLE} WHERE kind = %s AND key = %s", [kind, key])

    def clear(self):
        """Remove all documents."""
        self._do(f"DELETE FROM {TABLE}")

    def visible(self, kinds):
        """Return the condition, with its parameters, for what visitors may see now."""
        conditions, parameters = [], []
        for kind in kinds:
            condition, values = self._visible_of(kind)
            conditions.append(f"(kind = %s AND key IN ({condition}))")
            parameters += [kind.word, *values]
        return f"({' OR '.join(conditions)})", parameters

    def weight(self, kinds):
        """Return the expression, with its parameters, for what a match counts."""
        lighter = [kind for kind in kinds if kind.weight != 1]
        cases = " ".join("WHEN %s THEN %s" for _ in lighter) or "WHEN '' THEN 1"
        parameters = [value for kind in lighter for value in (kind.word, kind.weight)]
        return f"CASE kind {cases} ELSE 1 END", parameters

    def _visible_of(self, kind):
        if kind.rows is None:
            keys = [document.key for document in kind.documents()]
            return ", ".join(["%s"] * len(keys)) or "NULL", keys
        rows = kind.rows.objects.using(self.connection.alias).published().order_by()
        keys = rows.values_list(Cast("pk", CharField()))
        return keys.query.get_compiler(connection=self.connection).as_sql()

    def _ask(self, sql, parameters=()):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def _do(self, sql, parameters=()):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
