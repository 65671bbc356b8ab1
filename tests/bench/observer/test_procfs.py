"""What is read out of texts of /proc, each as a kernel has written it."""

import pytest

from labs.bench.observer import procfs

STAT = b"5386 (python) S 5372 5367 3460 0 -1 4194368 3 0 0 0 150 50 25 25 20 0 7 0 36 1108 3 18446744073709551615 94430148509696 0 0 0 0 16781312 2 1 0 0 -1 1 0 0 0 0 0\n"  # noqa: E501
STATUS = b"Name:\tapache2\nUmask:\t0077\nState:\tS (sleeping)\nNgid:\t0\nPid:\t5386\nNSpid:\t5386\t31\t4\nNSsid:\t1\n"  # noqa: E501
ROLLUP = b"""55e23b753000-7ffd7eedc000 ---p 00000000 00:00 0      [rollup]
Rss:               25616 kB
Pss:               21202 kB
Pss_Dirty:         19772 kB
Pss_Anon:          19772 kB
Shared_Clean:       5844 kB
"""
NETSTAT = b"""TcpExt: SyncookiesSent EmbryonicRsts ListenOverflows ListenDrops
TcpExt: 0 1 17 19
IpExt: InNoRoutes InOctets
IpExt: 0 4096
"""
SOCKSTAT = b"""sockets: used 10
TCP: inuse 9 orphan 0 tw 84 alloc 55 mem 0
UDP: inuse 0 mem 0
"""


class TestStat:
    def test_its_fields_are_those_of_the_manual(self):
        stat = procfs.stat(STAT)
        assert (stat.name, stat.state, stat.parent) == ("python", "S", 5372)
        assert (stat.own_cpu_s, stat.all_cpu_s) == (2.0, 2.5)
        assert (stat.threads, stat.rss_bytes) == (7, 3 * 4096)

    def test_a_name_may_hold_spaces_and_brackets(self):
        stat = procfs.stat(STAT.replace(b"(python)", b"(a) b (c)"))
        assert (stat.name, stat.state, stat.threads) == ("a) b (c", "S", 7)

    def test_an_empty_one_is_a_process_that_is_gone(self):
        with pytest.raises(ProcessLookupError):
            procfs.stat(b"")

    @pytest.mark.parametrize("letter", "SRDTZ")
    def test_the_state_is_a_letter(self, letter):
        line = STAT.replace(b") S ", f") {letter} ".encode())
        assert procfs.state_letter(line) == letter

    def test_the_state_of_a_task_that_is_gone_is_none(self):
        assert procfs.state_letter(b"") == ""


class TestNumbers:
    def test_the_innermost_is_the_last(self):
        assert procfs.inner_number(STATUS) == 4

    def test_without_namespaces_it_is_the_only_one(self):
        assert procfs.inner_number(b"Name:\ta\nNSpid:\t77\n") == 77

    def test_a_text_without_it_has_none(self):
        assert procfs.inner_number(b"Name:\tNSpid: 4\n") is None


class TestSchedule:
    def test_times_and_switches(self):
        assert procfs.schedule(b"50116 58115 4\n") == (50116, 58115, 4)

    @pytest.mark.parametrize("line", [b"", b"0 0", b"\n"])
    def test_a_kernel_that_does_not_tell(self, line):
        assert procfs.schedule(line) == (0, 0, 0)


class TestMemory:
    def test_the_proportional_size_and_no_other(self):
        assert procfs.pss_bytes(ROLLUP) == 21202 * 1024

    def test_a_text_without_it_has_none(self):
        assert procfs.pss_bytes(b"Rss: 7 kB\n") is None


class TestLinks:
    @pytest.mark.parametrize(
        "link, inode",
        [
            ("socket:[1252433]", 1252433),
            ("pipe:[7]", 0),
            ("anon_inode:[eventpoll]", 0),
            ("/box/socket:[7]", 0),
        ],
    )
    def test_only_sockets_have_an_inode_here(self, link, inode):
        assert procfs.socket_inode(link) == inode


class TestCounters:
    def test_names_and_values_belong_together(self):
        counters = procfs.counters(NETSTAT, b"TcpExt")
        assert (counters["ListenOverflows"], counters["ListenDrops"]) == (17, 19)
        assert procfs.counters(NETSTAT, b"IpExt") == {"InNoRoutes": 0, "InOctets": 4096}

    def test_a_table_that_is_not_there_is_empty(self):
        assert procfs.counters(NETSTAT, b"Tcp") == {}

    def test_connections_that_wait_for_their_end(self):
        assert procfs.time_wait(SOCKSTAT) == 84
        assert procfs.time_wait(b"UDP: inuse 0 tw 5\n") == 0
