"""Byte streams of answers whose outcomes are known, and every way to cut them.

Written from the specifications (RFC 9112, RESP 2, FastCGI 1.0), not from the parsers.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

CRLF = b"\r\n"


@dataclass(frozen=True)
class Answer:
    """One answer; `keeps` says whether the connection may be used again after it."""

    data: bytes
    ok: bool
    keeps: bool = True
    ends_by_closing: bool = False


@st.composite
def pieces(draw: st.DrawFn, data: bytes, ends: Sequence[int] = ()) -> list[bytes]:
    """Cut `data` into single bytes; or anywhere, at some of `ends`, and around them."""
    within = range(1, len(data))
    if draw(st.integers(0, 9)) == 0:
        cuts = set(within)
    else:
        anywhere = st.sampled_from(within or [0])
        places = [anywhere, anywhere]
        if ends:
            distance = st.sampled_from([0, 0, 0, -1, 1, -2, 2, -3, 3])
            near = st.tuples(st.sampled_from(ends), distance).map(sum)
            places.append(near)
        cuts = set(draw(st.lists(st.one_of(places), max_size=12))) & set(within)
    edges = [0, *sorted(cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


# Bytes that are most likely to be taken for something else.
tricky_bodies = st.sampled_from(
    [
        b"",
        b"\r",
        b"\n",
        b"\r\n\r\n",
        b"0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"+OK\r\n",
    ]
)
bodies = st.one_of(st.binary(max_size=40), tricky_bodies)


# --- HTTP/1.1 -------------------------------------------------------------------------

_TOKEN = st.text("abcXYZ019-_.!~", min_size=1, max_size=8).map(str.encode)
_VALUE = st.text('abc XYZ,;:="/\t\xe9', max_size=20).map(lambda t: t.encode("latin1"))
_FIELD = st.tuples(st.just(b"X-").flatmap(lambda x: _TOKEN.map(x.__add__)), _VALUE)
_FIELDS = st.lists(_FIELD, max_size=3)
_REASON = st.sampled_from([b" OK", b" Not what you think: 200", b" ", b""])
_INTERIMS = st.lists(st.sampled_from([100, 102, 103, 199]), max_size=2)
_STATUS = st.sampled_from([200, 200, 200, 201, 206, 299, 301, 404, 500, 503])


def _cased(draw: st.DrawFn, name: bytes) -> bytes:
    return draw(st.sampled_from([name, name.lower(), name.upper()]))


def _head(draw: st.DrawFn, line: bytes, fields: Sequence[tuple[bytes, bytes]]) -> bytes:
    rows = draw(st.permutations([*fields, *draw(_FIELDS)]))
    colon = draw(st.sampled_from([b": ", b":", b":  \t"]))
    return CRLF.join([line, *(name + colon + value for name, value in rows)]) + CRLF * 2


def _interim_heads(draw: st.DrawFn) -> bytes:
    return b"".join(
        _head(draw, b"HTTP/1.1 %d Wait" % status, []) for status in draw(_INTERIMS)
    )


def _chunked(draw: st.DrawFn) -> bytes:
    """A body in chunks, with extensions, hexadecimal of any case, and trailers."""
    sizes = st.sampled_from([b"%x", b"%X", b"0%x"])
    extension = st.sampled_from([b"", b";a", b';name="quo;ted"', b" ; a=b"])
    body = b""
    for chunk in draw(st.lists(bodies.filter(len), max_size=3)):
        body += draw(sizes) % len(chunk) + draw(extension) + CRLF + chunk + CRLF
    trailers = b"".join(name + b": " + value + CRLF for name, value in draw(_FIELDS))
    return body + b"0" + draw(extension) + CRLF + trailers + CRLF


@st.composite
def http1_answers(draw: st.DrawFn) -> Answer:
    """An answer whose end is known before the connection's."""
    version = draw(st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0"]))
    said = draw(st.sampled_from([None, None, b"close", b"keep-alive", b"Close"]))
    framing = draw(st.sampled_from(["sized", "sized", "chunked", "bodiless"]))
    status = draw(st.sampled_from([204, 304]) if framing == "bodiless" else _STATUS)
    fields = [] if said is None else [(_cased(draw, b"Connection"), said)]
    body = b""
    if framing == "sized":
        body = draw(bodies)
        fields.append((_cased(draw, b"Content-Length"), b"%d" % len(body)))
    elif framing == "chunked":
        body = _chunked(draw)
        fields.append((_cased(draw, b"Transfer-Encoding"), b"chunked"))
    elif status == 304:  # it may tell a length, which is not its own
        fields += draw(st.sampled_from([[], [(b"Content-Length", b"9")]]))
    head = _head(draw, b"%b %d%b" % (version, status, draw(_REASON)), fields)
    is_kept = said == b"keep-alive" or (version == b"HTTP/1.1" and said is None)
    return Answer(_interim_heads(draw) + head + body, 200 <= status < 300, is_kept)


@st.composite
def http1_last_answers(draw: st.DrawFn) -> Answer:
    """An answer that ends with its connection."""
    status = draw(_STATUS)
    head = _head(draw, b"HTTP/1.1 %d Last" % status, [])
    return Answer(_interim_heads(draw) + head + draw(bodies), status < 300, False, True)


# --- RESP 2 ---------------------------------------------------------------------------

_LINE = st.text("abc 0:$*+-_\xe9", max_size=12).map(lambda t: t.encode("latin1"))
_LEAF = st.one_of(
    _LINE.map(lambda text: b"+" + text + CRLF),
    _LINE.map(lambda text: b"-" + text + CRLF),
    st.integers(-(2**63), 2**63 - 1).map(lambda n: b":%d" % n + CRLF),
    bodies.map(lambda text: b"$%d" % len(text) + CRLF + text + CRLF),
    st.sampled_from([b"$-1\r\n", b"*-1\r\n", b"*0\r\n"]),
)


def _array(items: Sequence[bytes]) -> bytes:
    return b"*%d" % len(items) + CRLF + b"".join(items)


def resp_answers() -> st.SearchStrategy[Answer]:
    """A reply: a line, a number, a text, nothing, or an array of them."""
    nested = st.recursive(
        _LEAF, lambda inner: st.lists(inner, max_size=4).map(_array), max_leaves=8
    )
    return nested.map(lambda data: Answer(data, data[:1] != b"-"))


# --- FastCGI 1.0 ----------------------------------------------------------------------

_END, _STDOUT, _STDERR = 3, 6, 7
_ends = st.sampled_from([(0, 0), (0, 0), (0, 0), (255, 0), (0, 2), (2**32 - 1, 1)])
_cgi_heads = st.sampled_from(
    [
        (b"Content-type: text/plain\r\n\r\n", True),
        (b"Content-type: text/plain\n\n", True),
        (b"Status: 201 Created\r\nA: b\r\n\r\n", True),
        (b"A: b\r\nSTATUS:404\r\n\r\n", False),
        (b"status: 500 No\n\n", False),
        (b"Status: 302 Found\r\nLocation: /\r\n\r\n", False),
    ]
)


def _record(draw: st.DrawFn, kind: int, content: bytes) -> bytes:
    padding = draw(st.sampled_from([0, 0, 1, 7, 255]))
    header = struct.pack("!BBHHBx", 1, kind, 1, len(content), padding)
    return header + content + b"\x01" * padding


@st.composite
def fastcgi_answers(draw: st.DrawFn) -> Answer:
    """Output and errors in records of any size, padded, up to the end of a request."""
    head, succeeds = draw(_cgi_heads)
    records = []
    for content in draw(pieces(head + draw(bodies))):
        if draw(st.integers(0, 3)) == 0:
            records.append(_record(draw, _STDERR, draw(bodies)))
        records.append(_record(draw, _STDOUT, content))
    if draw(st.booleans()):  # each stream ends with an empty record, or with all
        records.append(_record(draw, _STDOUT, b""))
    app, server = draw(_ends)
    records.append(_record(draw, _END, struct.pack("!LB3x", app, server)))
    return Answer(b"".join(records), succeeds and (app, server) == (0, 0))
