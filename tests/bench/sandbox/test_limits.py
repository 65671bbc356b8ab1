"""Resource limits: the numbers, and how a server's needs change them."""

import resource

import pytest

from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.contracts.needs import Needs
from labs.bench.sandbox.limits import Limits

MIB = 2**20


class TestDefaults:
    def test_they_are_these(self):
        assert dict(Limits().rows()) == {
            resource.RLIMIT_NPROC: 128,
            resource.RLIMIT_NOFILE: 1024,
            resource.RLIMIT_AS: 2048 * MIB,
            resource.RLIMIT_FSIZE: 64 * MIB,
            resource.RLIMIT_CPU: 900,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_MEMLOCK: 64 * 1024,
            resource.RLIMIT_MSGQUEUE: 0,
            resource.RLIMIT_SIGPENDING: 128,
            resource.RLIMIT_STACK: 8 * MIB,
            resource.RLIMIT_NICE: 0,
            resource.RLIMIT_RTPRIO: 0,
        }

    def test_memory_is_half_a_gibibyte(self):
        assert Limits().memory_bytes == 512 * MIB


class TestNeeds:
    def test_no_needs_change_nothing(self):
        assert Limits.for_needs(Needs()) == Limits()

    def test_files_processes_and_address_space_are_widened(self):
        needs = Needs(open_files=900, processes=256, address_space_bytes=4096 * MIB)
        limits = Limits.for_needs(needs)
        assert limits.open_files == 900
        assert limits.processes == 256
        assert limits.address_space_bytes == 4096 * MIB
        assert limits.memory_bytes == Limits().memory_bytes

    def test_more_files_than_the_host_allows_are_refused(self, monkeypatch):
        monkeypatch.setattr(resource, "getrlimit", lambda kind: (1024, 4096))
        with pytest.raises(BenchFault, match="16384 .* allows 4096") as caught:
            Limits.for_needs(Needs(open_files=16384))
        assert caught.value.reason == Reason.HOST_LIMIT

    def test_a_host_without_a_limit_allows_any(self, monkeypatch):
        infinite = resource.RLIM_INFINITY
        monkeypatch.setattr(resource, "getrlimit", lambda kind: (1024, infinite))
        assert Limits.for_needs(Needs(open_files=16384)).open_files == 16384
