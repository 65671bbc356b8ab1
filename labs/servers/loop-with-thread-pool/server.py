"""A loop that keeps the connections, and a pool of threads that does the work.

The life of a connection here:

1. The kernel completes the handshake. epoll says that it is there; accept() takes it.
2. Something has come: recv() returns it, perhaps half a head, which is remembered.
3. A whole head is put into a queue. A thread takes it out, and makes the answer.
4. The thread tells epoll, and so the loop, which sends the answer as there is room.
5. Back to 2 for the next request, until the client closes. Others take turns meanwhile.
"""

import json
import signal
import socket
import sys
import time
from queue import SimpleQueue
from select import EPOLLIN, EPOLLOUT, epoll
from threading import Thread
from types import SimpleNamespace as Client
from urllib.parse import urlsplit

MAX_HEAD_BYTES = 16 * 1024
MAX = 10_000_000  # milliseconds, or bytes


def main(settings):
    """Listen, start the pool, and run the loop."""
    address = settings["host"], settings["port"]
    listener = socket.create_server(address, backlog=settings["backlog"])
    loop = Loop(listener, settings)
    for _ in range(settings["threads"]):
        Thread(target=work, args=(loop,), daemon=True).start()
    loop.run()


def work(loop):
    """Make one answer after the other, for ever."""
    while True:
        fd, client, head = loop.jobs.get()  # sleeps here while there is nothing to do
        client.answer, client.keep_alive, wait_s = respond(head)
        time.sleep(wait_s)  # sleeps here; the loop goes on
        loop.epoll.register(fd, EPOLLOUT)


class Loop:
    """The connections of one thread, and what it must remember of each."""

    def __init__(self, listener, settings):
        self.listener, self.settings = listener, settings
        self.clients, self.jobs = {}, SimpleQueue()  # clients by file descriptor
        self.epoll = epoll()
        self.epoll.register(listener)

    def run(self):
        """Ask the kernel who is ready, take each one step further, and ask again."""
        while True:
            room = len(self.clients) < self.settings["max_connections"]
            self.epoll.modify(self.listener, EPOLLIN if room else 0)
            for fd, _ in self.epoll.poll():  # sleeps here
                self.serve(fd) if fd in self.clients else self.welcome()

    def welcome(self):
        """Accept a connection, and watch it from now on."""
        connection, _ = self.listener.accept()  # one is there, so this does not sleep
        connection.setblocking(False)
        client = Client(socket=connection, received=b"", answer=b"", keep_alive=True)
        self.clients[connection.fileno()] = client
        self.epoll.register(connection)
        self.begin(connection.fileno(), client)

    def serve(self, fd):
        """Take a connection one step further. Nothing here sleeps."""
        client = self.clients[fd]
        try:
            if client.answer:
                sent = client.socket.send(client.answer)  # what fits
                client.answer = client.answer[sent:]
            else:
                piece = client.socket.recv(4096)  # what has come
                client.received += piece
                client.keep_alive = piece != b""  # else the client has closed it
            if not client.answer:
                self.begin(fd, client)
        except ConnectionError:  # it is gone
            self.clients.pop(fd).socket.close()

    def begin(self, fd, client):
        """Let the pool make the next answer, or wait for the rest of its head."""
        if not client.keep_alive:
            raise ConnectionAbortedError("Nothing more will come, or be answered")
        head, client.received = take_head(client.received)
        if head is None:
            self.epoll.modify(fd, EPOLLIN)
        else:
            self.epoll.unregister(fd)  # the pool says when to go on
            self.jobs.put((fd, client, head))


def take_head(received):
    """Return (one request head, what came after it); no head if it is not whole."""
    head, end, rest = received.partition(b"\r\n\r\n")
    if len(head) > MAX_HEAD_BYTES:
        raise ConnectionAbortedError("The head is too long")
    return (head, rest) if end else (None, received)


def respond(head):
    """Return (the answer, whether to go on, seconds to wait before it) for a head."""
    body, keep_alive, wait_s = b"", False, 0
    words = head.decode("latin-1").partition("\r\n")[0].split(" ")
    if len(words) != 3 or words[2] not in ("HTTP/1.0", "HTTP/1.1"):
        status = "400 Bad Request"
    elif words[0] != "GET":
        status = "405 Method Not Allowed"  # we would not know where its body ends
    else:
        status, body, wait_s = operate(words[1])
        said = head.lower().partition(b"\r\nconnection:")[2].partition(b"\r\n")[0]
        usual = words[2] == "HTTP/1.1" and b"close" not in said
        keep_alive = usual or b"keep-alive" in said
    answer = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n"
    answer += f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n"
    return answer.encode() + body, keep_alive, wait_s


def operate(target):
    """Do what is asked for; return (status, body, seconds to wait before it)."""
    try:
        url = urlsplit(target)
        amount = max(0, min(int(url.query.partition("=")[2] or 0), MAX))
    except ValueError:
        return "400 Bad Request", b"", 0
    if url.path == "/ping":
        return "200 OK", b"pong\n", 0
    if url.path == "/wait":  # for something slow; how to wait is the model's
        return "200 OK", b"waited\n", amount / 1000
    if url.path == "/cpu":  # busy, in every model alike
        until = time.monotonic() + amount / 1000
        while time.monotonic() < until:
            pass
        return "200 OK", b"worked\n", 0
    if url.path == "/bytes":
        return "200 OK", b"x" * amount, 0
    return "404 Not Found", b"", 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(sys.argv[1]) as file:
        main(json.load(file))
