"""A teaching server: a coroutine for each connection (asyncio)."""

from labs.servers._teaching import OneLoopDriver


class AsyncLoop(OneLoopDriver):
    name = "Async loop"
    concurrency_model = "coroutines"
