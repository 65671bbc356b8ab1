"""Questions to the index, and their answers."""

import difflib
from dataclasses import dataclass, field

from models_catalog.search.documents import kinds
from models_catalog.search.engine import MARK
from models_catalog.search.index import use
from models_catalog.search.words import as_html, words_asked, words_of

_NEAR = 0.55  # how alike a title must be to be suggested, of 1
_MEANT = 0.85  # and to be what was meant, both without their spaces


@dataclass(frozen=True)
class Hit:
    """One document that was found; `title` and `excerpt` are HTML with marks in it."""

    kind: str
    url: str
    title: str
    excerpt: str


@dataclass(frozen=True)
class Answer:
    """What was found, best first. `len` counts all of it; a slice queries its Hits.

    `counts` are by kind, whichever kind was asked for. `every` is false where no
    document has all of the words, and these have some of them. `meant` is the title
    whose words were looked for instead, where a question is spelled nearly like it.
    """

    words: tuple = ()
    wanted: tuple = ()
    counts: dict = field(default_factory=dict)
    every: bool = True
    meant: str = ""

    def __len__(self):
        return sum(self.counts.get(kind.word, 0) for kind in self.wanted)

    def __getitem__(self, part):
        limit = part.stop - part.start
        if not len(self) or limit <= 0:
            return []
        asked = self.words, self.every, self.wanted, limit, part.start
        return [_hit(*row) for row in use(lambda index: index.hits(*asked))]


def find(text, kind=""):
    """Answer a question, about one kind of document if given.

    It takes one to three queries, and one more once the hits are read.
    """
    words = tuple(words_asked(text))
    if not words:
        return Answer()
    known = kinds()
    wanted = (known[kind],) if kind in known else tuple(known.values())
    if counts := _counts(words, every=True):
        return Answer(words, wanted, counts)
    if meant := _meant(words):
        words = tuple(words_asked(meant))
        return Answer(words, wanted, _counts(words, every=True), meant=meant)
    counts = _counts(words, every=False) if len(words) > 1 else {}
    return Answer(words, wanted, counts, every=len(words) == 1)


def _meant(words):
    """Return the title that is spelled nearly like this; empty without any. One query.

    Spaces do not count: "eventloop" means the event loop, "slow lorris" Slowloris.
    """
    titles = {}
    for _, _, title in use(lambda index: index.titles(kinds().values())):
        titles.setdefault("".join(words_of(title)), title)
    near = difflib.get_close_matches("".join(words), titles, n=1, cutoff=_MEANT)
    return titles[near[0]] if near else ""


def _counts(words, every):
    known = kinds()
    found = use(lambda index: index.counts(words, every, known.values()))
    return {word: found[word] for word in known if word in found}


def _hit(kind, slug, title, summary, excerpt):
    """Show the summary, unless only the text says what was asked for."""
    by_text = MARK in excerpt and MARK not in summary
    shown = excerpt if by_text or not summary else summary
    kind = kinds()[kind]
    return Hit(kind.one, kind.url(slug), as_html(title), as_html(shown))


def nearest(text, most=5):
    """Return the documents called most like it, as hits without marks; one query."""
    words = " ".join(words_asked(text))
    if not words:
        return []
    names = {}
    for row in use(lambda index: index.titles(kinds().values())):
        for name in row[1:]:
            names.setdefault(" ".join(words_of(name)), []).append(row)
    near = difflib.get_close_matches(words, names, n=2 * most, cutoff=_NEAR)
    rows = dict.fromkeys(row for name in near for row in names[name])
    return [_hit(*row, "", "") for row in list(rows)[:most]]
