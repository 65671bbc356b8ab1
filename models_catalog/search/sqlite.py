"""Search on SQLite: an FTS5 table, ranked by bm25 (sqlite.org/fts5.html)."""

from models_catalog.search.engine import MARK, TABLE, UNMARK, SearchEngine

# Of the columns in their order: a word in a title says more than one in a body.
_WEIGHTS = "0.0, 0.0, 0.0, 12.0, 12.0, 4.0, 1.0"
_TITLE, _SUMMARY, _BODY = 3, 5, 6
_EXCERPT_TOKENS = 32


class SqliteEngine(SearchEngine):
    match = f"{TABLE} MATCH %s"

    def create(self):
        """Make the table; words are compared by their stems, accents left out."""
        self._do(
            f"""CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5(
                kind UNINDEXED, key UNINDEXED, slug UNINDEXED,
                title, also, summary, body,
                tokenize = 'porter unicode61 remove_diacritics 2')"""
        )

    def asked(self, words, every):
        """Quote each word, so that none is an operator."""
        joined = (" AND " if every else " OR ").join(f'"{word}"' for word in words)
        return f"{joined} *"

    def hits(self, words, every, kinds, limit, offset):
        """Ask FTS5 for rank, marked texts and an excerpt at once."""
        (visible, parameters), (weight, weights) = (
            self.visible(kinds),
            self.weight(kinds),
        )
        marks = [MARK, UNMARK]
        sql = f"""SELECT kind, slug,
                highlight({TABLE}, {_TITLE}, %s, %s),
                highlight({TABLE}, {_SUMMARY}, %s, %s),
                snippet({TABLE}, {_BODY}, %s, %s, '…', {_EXCERPT_TOKENS})
            FROM {TABLE} WHERE {self.match} AND {visible}
            ORDER BY lower(title) = %s DESC, bm25({TABLE}, {_WEIGHTS}) * {weight}, title
            LIMIT %s OFFSET %s"""
        asked = [self.asked(words, every), *parameters, " ".join(words), *weights]
        return self._ask(sql, [*marks * 3, *asked, limit, offset])
