"""What a system call means: usually, for one server, and for a parent."""

import pytest

from labs.bench.observer import syscall_meanings
from labs.bench.observer.syscall_names import BLOCKED, RUNNING, UNKNOWN, name_of


class TestWords:
    @pytest.mark.parametrize(
        "call, word",
        [
            ("accept4", "waiting to accept"),
            ("poll", "waiting for a slow client"),
            ("epoll_wait", "waiting for events"),
            ("futex", "idle in the pool"),
            ("clock_nanosleep", "in the handler"),
            (RUNNING, "on the CPU"),
            (BLOCKED, "in the kernel"),
            (UNKNOWN, "not visible"),
            ("999", "in the kernel"),
        ],
    )
    def test_usually(self, call, word):
        assert syscall_meanings.in_words(call, {}) == word

    def test_a_driver_says_where_its_server_differs(self):
        particular = {"pselect6": syscall_meanings.ACCEPT}
        assert syscall_meanings.in_words("pselect6", particular) == "waiting to accept"
        assert (
            syscall_meanings.in_words("poll", particular)
            == syscall_meanings.SLOW_CLIENT
        )

    def test_a_parent_watches_its_children_in_a_call_they_accept_in(self):
        particular = {"pselect6": syscall_meanings.ACCEPT}
        words = syscall_meanings.in_words("pselect6", particular, is_parent=True)
        assert words == "watching its children"

    def test_a_parent_that_accepts_accepts(self):
        assert (
            syscall_meanings.in_words("accept4", {}, is_parent=True)
            == syscall_meanings.ACCEPT
        )

    def test_every_call_with_a_name_has_a_word(self):
        names = {name_of(f"{number} 0x0".encode()) for number in range(470)}
        assert {
            syscall_meanings.in_words(name, {}) for name in names
        } <= syscall_meanings.WORDS
