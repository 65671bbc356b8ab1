"""The teaching servers speak HTTP alike: one body of tests over every server.py."""

import socket
import struct

import pytest

from tests.contracts.teaching import (
    DRIVERS,
    LAST,
    PING,
    is_silent,
    one_answer,
    until_end,
)


@pytest.mark.server
@pytest.mark.parametrize("slug", DRIVERS)
class TestHeads:
    def test_one_that_comes_byte_by_byte_is_answered_once(self, server):
        client = server.connect()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in PING:
            client.sendall(bytes([byte]))
        assert one_answer(client) == ("200 OK", b"pong\n")
        assert is_silent(client)

    def test_half_of_one_is_not_answered(self, server):
        client = server.connect()
        client.sendall(PING[:-2])
        assert is_silent(client)
        client.sendall(PING[-2:])
        assert one_answer(client) == ("200 OK", b"pong\n")

    def test_several_sent_at_once_are_answered_in_order(self, server):
        targets = (b"/bytes?n=3", b"/nothing", b"/ping")
        client = server.connect()
        client.sendall(b"".join(b"GET %b HTTP/1.1\r\n\r\n" % t for t in targets))
        assert [one_answer(client) for _ in targets] == [
            ("200 OK", b"xxx"),
            ("404 Not Found", b""),
            ("200 OK", b"pong\n"),
        ]

    def test_what_is_sent_after_the_last_one_is_not_answered(self, server):
        assert server.ask(LAST + PING + PING).count(b"HTTP/1.1 ") == 1

    def test_one_that_is_too_long_ends_the_connection(self, server):
        client = server.connect()
        client.sendall(b"GET /ping HTTP/1.1\r\nX: " + b"x" * 17 * 1024)
        assert until_end(client) == b""
        assert server.is_well()

    def test_one_just_short_enough_is_answered(self, server):
        head = b"GET /ping HTTP/1.1\r\nConnection: close\r\nX: " + b"x" * 16 * 1024
        assert b"200 OK" in server.ask(head[: 16 * 1024 - 4] + b"\r\n\r\n")


@pytest.mark.server
@pytest.mark.parametrize("slug", DRIVERS)
class TestKeepingTheConnection:
    @pytest.mark.parametrize(
        "version, field, kept",
        [
            ("HTTP/1.1", "", True),
            ("HTTP/1.1", "Connection: keep-alive\r\n", True),
            ("HTTP/1.1", "connection:CLOSE\r\n", False),
            ("HTTP/1.1", "Connection: Upgrade\r\n", True),
            ("HTTP/1.0", "", False),
            ("HTTP/1.0", "Connection: Keep-Alive\r\n", True),
            ("HTTP/1.0", "Connection: close\r\n", False),
        ],
    )
    def test_it_is_what_version_and_field_say(self, server, version, field, kept):
        client = server.connect()
        client.sendall(f"GET /ping {version}\r\n{field}\r\n".encode())
        assert one_answer(client) == ("200 OK", b"pong\n")
        if kept:
            client.sendall(PING)
            assert one_answer(client) == ("200 OK", b"pong\n")
        else:
            assert until_end(client) == b""

    def test_the_answer_says_so(self, server):
        assert b"\r\nConnection: close\r\n" in server.ask(LAST)
        client = server.connect()
        client.sendall(PING)
        assert b"\r\nConnection: keep-alive\r\n" in client.recv(65536)


@pytest.mark.server
@pytest.mark.parametrize("slug", DRIVERS)
class TestOperations:
    @pytest.mark.parametrize(
        "target, status, length",
        [
            ("/ping", "200 OK", 5),
            ("/ping?x=1", "200 OK", 5),
            ("/wait?ms=1", "200 OK", 7),
            ("/wait", "200 OK", 7),
            ("/cpu?ms=1", "200 OK", 7),
            ("/cpu?ms=-5", "200 OK", 7),
            ("/bytes", "200 OK", 0),
            ("/bytes?n=0", "200 OK", 0),
            ("/bytes?n=100000", "200 OK", 100_000),
            ("/bytes?n=99999999999", "200 OK", 10_000_000),
            ("/bytes?n=many", "400 Bad Request", 0),
            ("/bytes?n=" + "9" * 5000, "400 Bad Request", 0),
            ("/wait?ms=1.5", "400 Bad Request", 0),
            ("http://[bad/ping", "400 Bad Request", 0),
            ("/", "404 Not Found", 0),
            ("/../etc/passwd", "404 Not Found", 0),
        ],
    )
    def test_each_does_what_is_asked(self, server, target, status, length):
        answer = server.ask(f"GET {target} HTTP/1.0\r\n\r\n".encode())
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status}\r\n".encode())
        assert len(body) == length
        assert f"Content-Length: {length}".encode() in head


@pytest.mark.server
@pytest.mark.parametrize("slug", DRIVERS)
class TestGarbage:
    @pytest.mark.parametrize(
        "data",
        [
            b"\r\n\r\n",
            b"\x00\x01\x02\xff\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET /ping\r\n\r\n",
            b"GET  /ping  HTTP/1.1\r\n\r\n",
            b"GET /a b HTTP/1.1\r\n\r\n",
        ],
    )
    def test_what_is_no_request_is_refused_and_the_connection_ended(self, server, data):
        answer = server.ask(data)
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"\r\nConnection: close\r\n" in answer
        assert server.is_well()

    @pytest.mark.parametrize("method", [b"POST", b"HEAD", b"get", b"\xc4"])
    def test_other_methods_are_refused(self, server, method):
        answer = server.ask(
            method + b" /ping HTTP/1.1\r\n\r\nGET /ping HTTP/1.1\r\n\r\n"
        )
        assert answer.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
        assert answer.count(b"HTTP/1.1 ") == 1

    def test_a_tls_greeting_waits_for_its_end_like_any_head(self, server):
        client = server.connect()
        client.sendall(bytes.fromhex("16030100a5010000a10303") + b"\x00" * 160)
        client.shutdown(socket.SHUT_WR)
        assert until_end(client) == b""
        assert server.is_well()


@pytest.mark.server
@pytest.mark.parametrize("slug", DRIVERS)
class TestClientsThatLeave:
    @pytest.mark.parametrize("sent", [b"", PING[:9], PING[:-1], PING, PING + PING[:5]])
    def test_whenever_they_close_the_next_one_is_served(self, server, sent):
        client = server.connect()
        client.sendall(sent)
        client.close()
        assert server.is_well()

    @pytest.mark.parametrize("sent", [b"", PING[:9], PING * 3])
    def test_whenever_they_reset_the_next_one_is_served(self, server, sent):
        client = server.connect()
        client.sendall(sent)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        assert server.is_well()

    def test_one_that_leaves_in_the_middle_of_a_long_answer(self, server):
        client = server.connect()
        client.sendall(b"GET /bytes?n=10000000 HTTP/1.1\r\n\r\n")
        client.recv(1)
        client.close()
        assert server.is_well()

    def test_one_that_only_stops_sending_still_gets_its_answer(self, server):
        client = server.connect()
        client.sendall(PING)
        client.shutdown(socket.SHUT_WR)
        assert until_end(client).count(b"200 OK") == 1
