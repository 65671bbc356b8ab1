"""The signature of a concurrency model, held against every server that runs here.

A statement such as "a pool of 64 threads, each taken by a slow client" is checked
against the server itself, whatever its version.
"""

import pytest

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.settings import as_dict
from labs.bench.observer.syscall_meanings import WORDS
from labs.bench.observer.syscall_names import name_of
from labs.plugins import registry
from tests.contracts.real_server import report
from tests.contracts.signatures import Standing, idle_problems, slow_problems

DRIVERS = registry.servers()
SLOW_CLIENTS = 3
CALLS = {name_of(f"{number} 0x0 0x0".encode()) for number in range(470)}


@pytest.fixture(params=DRIVERS)
def driver(request):
    return DRIVERS[request.param]


def served(driver, knobs) -> int:
    """Return how many of the slow clients can be served at once."""
    return min(SLOW_CLIENTS, driver.worker_slots(knobs) or SLOW_CLIENTS)


class TestStatement:
    def test_its_numbers_are_ranges(self, driver):
        signature = driver.signature(driver.Knobs())
        for least, most in (signature.processes, signature.threads):
            assert 1 <= least <= most
        assert signature.processes[0] <= signature.threads[0]

    def test_its_calls_have_names(self, driver):
        signature = driver.signature(driver.Knobs())
        assert signature.idle_in
        assert signature.idle_in | signature.slow_in <= CALLS

    def test_only_a_task_of_its_own_grows_with_a_connection(self, driver):
        signature = driver.signature(driver.Knobs())
        assert signature.grows in ("", "processes", "threads")
        assert signature.slow_in or not signature.grows

    def test_its_meanings_are_words_that_pages_know(self, driver):
        assert driver.meanings.keys() <= CALLS
        assert WORDS.issuperset(driver.meanings.values())


@pytest.mark.server
class TestServer:
    def test_it_stands_as_stated_while_idle(self, driver):
        knobs = driver.Knobs()
        told = report(driver, as_dict(knobs), slow_clients=SLOW_CLIENTS)
        assert told["fault"] == ""
        idle = Standing(**told["idle"])
        assert idle_problems(driver.signature(knobs), idle) == []

    def test_it_stands_as_stated_under_slow_clients(self, driver):
        knobs = driver.Knobs()
        told = report(driver, as_dict(knobs), slow_clients=SLOW_CLIENTS)
        assert told["fault"] == ""
        idle, slow = Standing(**told["idle"]), Standing(**told["slow"])
        clients = served(driver, knobs)
        assert slow_problems(driver.signature(knobs), idle, slow, clients) == []

    def test_every_slow_client_is_served_or_waits_in_the_kernel(self, driver):
        told = report(driver, as_dict(driver.Knobs()), slow_clients=SLOW_CLIENTS)
        values = told["values"]
        counted = values["connections_served"] + values["connections_waiting"]
        assert counted == SLOW_CLIENTS, values


POOL = Signature((2, 2), (4, 6), frozenset({"futex"}), frozenset({"poll"}))
FORKING = Signature((1, 1), (1, 1), frozenset({"accept4"}), POOL.slow_in, "processes")
THREADING = Signature((1, 1), (1, 1), frozenset({"accept4"}), POOL.slow_in, "threads")
LOOP = Signature((1, 1), (1, 1), frozenset({"epoll_wait"}))


class TestChecks:
    """They find each fault alone, and none where there is none."""

    IDLE = Standing(2, 5, {"futex": 5})

    def test_a_server_as_stated_has_no_problem(self):
        slow = Standing(2, 5, {"futex": 2, "poll": 3})
        assert idle_problems(POOL, self.IDLE) == []
        assert slow_problems(POOL, self.IDLE, slow, 3) == []

    @pytest.mark.parametrize(
        "seen, word",
        [
            (Standing(1, 5, {"futex": 5}), "1 processes"),
            (Standing(2, 7, {"futex": 7}), "7 threads"),
            (Standing(2, 5, {"futex": 4, "poll": 1}), "'poll': 1"),
        ],
    )
    def test_an_idle_one_that_is_not(self, seen, word):
        (problem,) = idle_problems(POOL, seen)
        assert word in problem

    @pytest.mark.parametrize(
        "seen, word",
        [
            (Standing(2, 5, {"futex": 3, "poll": 2}), "2 more stand"),
            (Standing(2, 6, {"futex": 3, "poll": 3}), "1 more threads"),
            (Standing(3, 5, {"futex": 2, "poll": 3}), "1 more processes"),
        ],
    )
    def test_one_with_slow_clients_that_is_not(self, seen, word):
        (problem,) = slow_problems(POOL, self.IDLE, seen, 3)
        assert word in problem

    @pytest.mark.parametrize(
        "signature, processes, others",
        [(FORKING, 4, 0), (THREADING, 1, 1)],
        ids=["forking", "threading"],
    )
    def test_what_grows_must_grow(self, signature, processes, others):
        idle = Standing(1, 1, {"accept4": 1})
        grown = Standing(processes, 4, {"accept4": 1, "poll": 3})
        assert slow_problems(signature, idle, grown, 3) == []
        other = (FORKING, THREADING)[1 - others]
        assert slow_problems(other, idle, grown, 3)

    def test_nothing_changes_where_no_task_belongs_to_a_connection(self):
        idle = Standing(1, 1, {"epoll_wait": 1})
        assert slow_problems(LOOP, idle, idle, 3) == []
        (problem,) = slow_problems(LOOP, idle, Standing(1, 1, {"recvfrom": 1}), 3)
        assert "With slow clients" in problem
