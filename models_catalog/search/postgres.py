"""Search on PostgreSQL: a tsvector, ranked by ts_rank_cd (manual, chapter 12).

In SQL as SQLite's is: `django.contrib.postgres.search` needs a model, and there can be
none for a table that is an FTS5 table on the other database.
"""

from django.db import transaction

from models_catalog.search.engine import MARK, TABLE, UNMARK, SearchEngine
from models_catalog.search.words import words_of

_ALL = f'StartSel="{MARK}", StopSel="{UNMARK}", HighlightAll=true'
_PART = (
    f'StartSel="{MARK}", StopSel="{UNMARK}", MaxFragments=2, '
    'MaxWords=30, MinWords=12, FragmentDelimiter=" … "'
)
_RANKS = "{0.05, 0.1, 0.4, 1.0}"  # of the weights D, C, B and A
_BY_LENGTH = 1  # divides a rank by 1 + the logarithm of the document's length


def _marked(column):
    """Return the expression for a text with its matched words between marks.

    The parser skips what looks like a tag, and all of a script; a control character
    behind each "<", taken out again, keeps it from seeing any.
    """
    text = f"replace({column}, '<', '<' || chr(31))"
    return f"replace(ts_headline('english', {text}, any_word, %s), chr(31), '')"


class PostgresEngine(SearchEngine):
    match = "words @@ to_tsquery('english', %s)"

    def create(self):
        """Make the table and the index of its words."""
        self._do(
            f"""CREATE TABLE IF NOT EXISTS {TABLE} (
                kind text, key text, slug text NOT NULL,
                title text NOT NULL, also text NOT NULL,
                summary text NOT NULL, body text NOT NULL,
                words tsvector, PRIMARY KEY (kind, key));
            CREATE INDEX IF NOT EXISTS {TABLE}_words ON {TABLE} USING gin (words)"""
        )

    def apart(self):
        """Inside a transaction a failed statement needs a savepoint to go back to."""
        if self.connection.in_atomic_block:
            return transaction.atomic(using=self.connection.alias)
        return super().apart()

    def asked(self, words, every):
        """Quote each word, so that none is an operator."""
        return (" & " if every else " | ").join(f"'{word}'" for word in words) + ":*"

    def hits(self, words, every, kinds, limit, offset):
        """Rank all matches, and mark words in those shown only: ts_headline is slow."""
        (visible, parameters), (weight, weights) = (
            self.visible(kinds),
            self.weight(kinds),
        )
        sql = f"""SELECT kind, slug,
                {_marked("title")}, {_marked("summary")}, {_marked("body")}
            FROM (SELECT *, to_tsquery('english', %s) AS any_word,
                    lower(title) = %s AS exact,
                    {weight} * ts_rank_cd(
                        '{_RANKS}', words, to_tsquery('english', %s), {_BY_LENGTH}
                    ) AS rank
                FROM {TABLE} WHERE {self.match} AND {visible}
                ORDER BY exact DESC, rank DESC, title LIMIT %s OFFSET %s) AS best
            ORDER BY exact DESC, rank DESC, title"""
        asked = self.asked(words, every)
        any_word = self.asked(words, every=False)  # its parts may stand far apart
        ranked = [any_word, " ".join(words), *weights, asked]
        matched = [asked, *parameters, limit, offset]
        return self._ask(sql, [_ALL, _ALL, _PART, *ranked, *matched])

    def put(self, document):
        """Add or replace a document; words are cut here, so that both databases agree.

        PostgreSQL's own parser would keep "HTTP/1.1" or "a.conf" as one word.
        """
        super().put(document)
        title, also, summary, body = (
            " ".join(words_of(text))
            for text in (document.title, document.also, document.summary, document.body)
        )
        self._do(
            f"""UPDATE {TABLE} SET words =
                setweight(to_tsvector('english', %s), 'A') ||
                setweight(to_tsvector('english', %s), 'B') ||
                setweight(to_tsvector('english', %s), 'D')
            WHERE kind = %s AND key = %s""",
            [f"{title} {also}", summary, body, document.kind, document.key],
        )
