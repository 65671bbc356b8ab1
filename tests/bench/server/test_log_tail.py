"""A server may print anything; what is kept of it is bounded and harmless."""

import pytest

from labs.bench.server.log_tail import LINE_BYTES, LINES_PER_S, LogTail, harmless


def texts(lines):
    return [line.text for line in lines]


class TestLogTail:
    def test_lines_are_completed_across_reads(self):
        log = LogTail()
        assert texts(log.feed(b"one\ntw", 0)) == ["one"]
        assert texts(log.feed(b"o\r\n\n  \nthree", 0)) == ["two"]
        assert texts(log.finish(0)) == ["three"]

    def test_a_long_line_is_cut_and_the_next_is_whole(self):
        log = LogTail()
        lines = []
        for _ in range(100):
            lines += log.feed(b"x" * 1000, 0)
        lines += log.feed(b"\nnext\n", 0)
        assert len(lines[0].text) == LINE_BYTES + len(" [cut]")
        assert lines[1].text == "next"

    def test_a_flood_is_thinned_and_what_is_left_out_is_said(self):
        log = LogTail()
        first = log.feed(b"line\n" * 1000, 0.5)
        assert len(first) == LINES_PER_S
        later = log.feed(b"calm\n", 1.5)
        assert texts(later) == ["950 lines of the server's log are left out", "calm"]
        assert later[0].source == "lab"

    def test_a_mebibyte_is_kept_and_the_cut_is_said_once(self):
        log = LogTail()
        lines = []
        for second in range(20):
            lines += log.feed((b"y" * 8000 + b"\n") * 40, second)
        kept = sum(len(line.text) for line in lines if line.source == "server")
        assert 1_000_000 < kept <= 1024 * 1024
        assert texts(x for x in lines if x.source == "lab") == [
            "The log is cut here: 1 MiB was kept"
        ]
        assert log.truncated

    def test_the_last_lines_are_known_whatever_the_rate(self):
        log = LogTail()
        log.feed(b"".join(b"%d\n" % n for n in range(500)), 0)
        assert list(log.tail) == [str(n) for n in range(480, 500)]

    @pytest.mark.parametrize(
        "text, level",
        [
            ("2026/11/23 [error] 3#3: oops", "error"),
            ("[mpm_prefork:warn] [pid 2] full", "warning"),
            ("[mpm_prefork:notice] [pid 2] configured", "info"),
            ("Traceback (most recent call last):", "error"),
        ],
    )
    def test_the_servers_own_levels_are_recognised(self, text, level):
        (line,) = LogTail().feed(text.encode() + b"\n", 0)
        assert line.level == level


class TestHarmless:
    @pytest.mark.parametrize(
        "data", [b"\x1b[31mred", b"a\x00b", b"\xff\xfe", "\u202eevil".encode()]
    )
    def test_what_a_terminal_or_browser_might_obey_is_replaced(self, data):
        text = harmless(data)
        assert "\ufffd" in text
        assert text.isprintable()

    def test_other_languages_and_tabs_stay(self):
        assert harmless("größe\t尺寸".encode()) == "größe\t尺寸"
