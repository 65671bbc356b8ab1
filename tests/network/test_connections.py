"""Which connections are let in, and which are ended, on a clock of its own."""

import ipaddress

import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from concsite.network.connections import ConnectionFactory, Phase
from concsite.network.http import BoundedBody, SiteChannel
from concsite.network.limits import Limits

LIMITS = Limits(max_connections=6, max_connections_per_address=4)
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n"


class Transport(StringTransport):
    """A client; `dataBuffer` is what it has not read."""

    dataBuffer, offset, _tempDataLen = b"", 0, 0
    is_closed = False

    def connectionLost(self, reason):
        self.is_closed = True
        self.protocol.connectionLost(reason)

    def loseConnection(self):
        if not self.is_closed and not self.dataBuffer:
            self.connectionLost(None)

    def loseWriteConnection(self):
        pass


class SilentRequest(BoundedBody):
    """Is never answered by itself."""

    request_id = "-"
    began_s = 0

    def process(self):
        pass


class Channels(Factory):
    def buildProtocol(self, address):
        channel = SiteChannel()
        channel.requestFactory, channel.timeOut = SilentRequest, None
        return channel


class Door:
    """A factory of connections, and those who come to it."""

    def __init__(self, limits=LIMITS, trusted=()):
        self.clock = Clock()
        networks = [ipaddress.ip_network(word) for word in trusted]
        self.factory = ConnectionFactory(Channels(), limits, networks, self.clock)
        self.factory.doStart()

    def come(self, host="192.0.2.1"):
        """Return a new client's transport; None if it is not let in."""
        kind = IPv6Address if ":" in host else IPv4Address
        connection = self.factory.buildProtocol(kind("TCP", host, 1))
        if connection is None:
            return None
        transport = Transport(peerAddress=kind("TCP", host, 1))
        transport.protocol = connection
        connection.makeConnection(transport)
        return transport

    def wait(self, seconds):
        for _ in range(int(seconds)):
            self.clock.advance(1)


@pytest.fixture
def door():
    return Door()


class TestRoom:
    def test_who_has_waited_longest_makes_room_for_a_newcomer(self, door):
        clients = [door.come() for _ in range(5)]
        assert [client.is_closed for client in clients] == [True] + 4 * [False]

    def test_who_is_being_answered_stays(self, door):
        working = door.come()
        working.protocol.dataReceived(GET)
        others = [door.come() for _ in range(4)]
        assert not working.is_closed and others[0].is_closed

    def test_a_newcomer_is_refused_where_all_are_being_answered(self, door):
        for _ in range(4):
            door.come().protocol.dataReceived(GET)
        assert door.come() is None
        assert door.come("192.0.2.2") is not None

    def test_the_address_that_waits_most_makes_room_for_another(self, door):
        many = [door.come() for _ in range(4)]
        few = [door.come("192.0.2.2") for _ in range(2)]
        assert door.come("192.0.2.3") is not None
        assert many[0].is_closed and not any(client.is_closed for client in few)

    def test_places_of_those_who_left_are_free(self, door):
        for _ in range(20):
            client = door.come()
            client.protocol.dataReceived(GET)
            client.connectionLost(None)
        assert door.factory._places == 0 and not door.factory._peers

    def test_a_proxy_may_have_them_all(self):
        door = Door(trusted=["192.0.2.1/32"])
        clients = [door.come() for _ in range(6)]
        assert not any(client.is_closed for client in clients)

    def test_one_network_of_ipv6_is_one_client(self, door):
        clients = [door.come(f"2001:db8::{number:x}") for number in range(1, 6)]
        assert clients[0].is_closed and not clients[4].is_closed

    def test_a_connection_without_a_place_for_its_file_is_refused(self):
        limits = Limits(max_connections=2, max_connections_per_address=2)
        door = Door(limits)
        door.come().protocol.dataReceived(GET)
        upload = door.come()
        head = POST.replace(b" / ", b" /admin/catalog/bundle/ ")
        upload.protocol.dataReceived(head.replace(b"4000", b"2000000"))
        assert upload.value().startswith(b"HTTP/1.1 503 ")


class TestTime:
    def test_a_head_that_drips_is_ended(self, door):
        client = door.come()
        for _ in range(int(LIMITS.head_s) + 1):
            client.protocol.dataReceived(b"X")
            door.wait(1)
        assert client.value().startswith(b"HTTP/1.1 408 ")
        door.wait(LIMITS.linger_s + 1)
        assert client.is_closed

    def test_one_that_never_begins_is_closed(self, door):
        client = door.come()
        door.wait(LIMITS.head_s + 1)
        assert client.is_closed and client.value() == b""

    def test_a_body_that_drips_is_ended(self, door):
        client = door.come()
        client.protocol.dataReceived(POST)
        for _ in range(int(LIMITS.grace_s) + 1):
            assert client.value() == b""
            client.protocol.dataReceived(b"X")
            door.wait(1)
        assert client.value().startswith(b"HTTP/1.1 408 ")

    def test_a_slow_body_of_the_least_rate_arrives(self, door):
        client = door.come()
        client.protocol.dataReceived(POST.replace(b"4000", b"16000"))
        for _ in range(32):
            door.wait(1)
            client.protocol.dataReceived(b"X" * 500)
        assert client.protocol.phase is Phase.WORK

    def test_no_body_takes_for_ever(self):
        door = Door(Limits(body_s=40))
        client = door.come()
        client.protocol.dataReceived(POST.replace(b"4000", b"16000"))
        for _ in range(41):
            door.wait(1)
            client.protocol.dataReceived(b"X" * 300)
        assert client.value().startswith(b"HTTP/1.1 408 ")

    def test_a_long_answer_of_the_site_ends_nothing(self, door):
        client = door.come()
        client.protocol.dataReceived(GET)
        door.wait(100)
        assert not client.is_closed

    def test_an_idle_connection_is_ended(self, door):
        client = door.come()
        client.protocol.dataReceived(GET)
        client.protocol.wrappedProtocol.requests[0].finish()
        door.wait(LIMITS.keep_alive_s - 1)
        assert not client.is_closed
        door.wait(2)
        assert client.is_closed

    def test_a_second_request_has_the_time_of_a_first(self, door):
        client = door.come()
        client.protocol.dataReceived(GET)
        client.protocol.wrappedProtocol.requests[0].finish()
        door.wait(LIMITS.keep_alive_s - 1)
        client.protocol.dataReceived(GET[:5])
        door.wait(LIMITS.head_s - 1)
        assert not client.is_closed
        client.protocol.dataReceived(GET[5:])
        assert client.protocol.phase is Phase.WORK


class TestReading:
    def test_a_client_that_does_not_read_is_cut_off(self, door):
        client = door.come()
        client.protocol.dataReceived(GET)
        client.protocol.write(b"x" * 100_000)
        client.dataBuffer = b"x" * 90_000
        door.wait(LIMITS.grace_s)
        assert not client.is_closed
        door.wait(2)
        assert client.is_closed

    def test_one_that_reads_slowly_but_steadily_is_not(self, door):
        client = door.come()
        client.protocol.dataReceived(GET)
        client.protocol.write(b"x" * 100_000)
        for left in range(100_000, 0, -1000):
            client.dataBuffer = b"x" * left
            door.wait(1)
        assert not client.is_closed


class TestBodies:
    def test_a_declared_length_is_refused_before_it_is_sent(self, door):
        client = door.come()
        head = POST.replace(b"4000", b"16385").replace(b"\r\n\r\n", b"\r\nExpect: ")
        client.protocol.dataReceived(head + b"100-continue\r\n\r\n")
        assert client.value().startswith(b"HTTP/1.1 413 ")
        client.protocol.dataReceived(b"x" * 100_000)
        door.wait(LIMITS.linger_s + 1)
        assert client.is_closed

    def test_one_in_chunks_is_cut_at_the_same_length(self, door):
        client = door.come()
        chunked = b"Transfer-Encoding: chunked"
        client.protocol.dataReceived(POST.replace(b"Content-Length: 4000", chunked))
        sent, chunk = 0, b"400\r\n" + b"x" * 1024 + b"\r\n"
        while not client.value() and sent < 100_000:
            client.protocol.dataReceived(chunk)
            sent += 1024
        assert client.value().startswith(b"HTTP/1.1 413 ")
        assert sent == 17 * 1024
