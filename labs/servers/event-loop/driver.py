"""A teaching server: one thread with a loop over all connections (epoll)."""

from labs.servers._teaching import OneLoopDriver


class EventLoop(OneLoopDriver):
    name = "Event loop"
    concurrency_model = "single-event-loop"
