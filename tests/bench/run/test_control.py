"""What comes from upstream: one way in, and the end of it is an answer too."""

import os

import pytest

from labs.bench.contracts.commands import Command, read_command
from labs.bench.run.control import Control


@pytest.fixture
def pipe():
    reader, writer = os.pipe()
    ends = [reader, writer]
    yield ends
    for fd in ends:
        os.close(fd)


class TestControl:
    def test_the_first_line_is_the_spec_and_the_rest_is_kept(self, pipe):
        control, heard = Control(), []
        os.write(pipe[1], b'{"server":"x"}\n{"command":"st')
        assert control.first_line(pipe[0], 1000) == '{"server":"x"}'
        os.write(pipe[1], b'op"}\n')
        assert control.read_waiting(pipe[0], heard.append) is True
        assert heard == [Command("stop")]
        assert control.stop_reason == "It was asked to stop"

    def test_a_spec_without_a_newline_ends_with_the_input(self, pipe):
        os.write(pipe[1], b"{}")
        os.close(pipe.pop())
        assert Control().first_line(pipe[0], 1000) == "{}"

    def test_nothing_yet_is_no_reason_to_stop(self, pipe):
        control = Control()
        assert control.read_waiting(pipe[0]) is True
        assert control.stop_reason == ""

    def test_the_end_of_the_input_stops_the_run(self, pipe):
        control = Control()
        os.close(pipe.pop())
        assert control.read_waiting(pipe[0]) is False
        assert control.stop_reason == "Whoever started the run is gone"

    @pytest.mark.parametrize(
        "line", [b"stop", b"[]", b'{"command":"aim"}', b"[" * 5000, b"\xff\xfe"]
    )
    def test_what_is_not_a_command_is_reported_and_not_obeyed(self, pipe, line):
        control, heard = Control(), []
        os.write(pipe[1], line + b"\n")
        control.read_waiting(pipe[0], heard.append)
        assert heard == [None]
        assert control.stop_reason == ""

    @pytest.mark.parametrize(
        "line, name, values",
        [
            (b'{"command":"set","connections":8}', "set", {"connections": 8}),
            (b'{"command":"set","rate_per_s":0.5}', "set", {"rate_per_s": 0.5}),
            (b'{"command":"kill","target":"worker"}', "kill", {"target": "worker"}),
        ],
    )
    def test_a_command_comes_with_its_values(self, line, name, values):
        assert read_command(line) == Command(name, values)

    @pytest.mark.parametrize(
        "line",
        [
            b'{"command":"set"}',
            b'{"command":"set","connections":0}',
            b'{"command":"set","connections":50001}',
            b'{"command":"set","connections":true}',
            b'{"command":"set","connections":1.5}',
            b'{"command":"set","connections":1,"rate_per_s":1}',
            b'{"command":"set","rate_per_s":1e9}',
            b'{"command":"set","host":1}',
            b'{"command":"kill","target":1}',
            b'{"command":"kill","target":"worker","pid":1}',
        ],
    )
    def test_values_out_of_bounds_are_no_command(self, line):
        assert read_command(line) is None

    def test_the_first_reason_is_kept(self):
        control = Control()
        control.stop("A signal ended it")
        control.stop("It was asked to stop")
        assert control.stop_reason == "A signal ended it"
