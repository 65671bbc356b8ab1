"""Apache httpd with the worker MPM: processes with a pool of threads each."""

from labs.servers._apache import ThreadedApacheDriver, ThreadedKnobs


class ApacheWorker(ThreadedApacheDriver):
    name = "Apache worker"
    concurrency_model = "thread-pool"
    Knobs = ThreadedKnobs
    listens_in = "accept4"
