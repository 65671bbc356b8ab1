"""What the two drivers of PHP-FPM share: the binary, the pool, the script."""

from labs.bench.contracts.driver import Driver
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.observer.syscall_meanings import EVENTS, SLOW_CLIENT


class PhpFpmDriver(Driver):
    """PHP-FPM with a static pool, alone or behind another server."""

    binary = "/usr/sbin/php-fpm8.4"
    package = "php8.4-fpm"
    version_pattern = r"PHP (\d+\.\d+\.\d+)"
    operations = frozenset({"ping", "wait", "cpu", "bytes"})
    # The master waits for events; a worker reads what a client sends without a limit,
    # and with one (poll) before the first byte.
    meanings = {"epoll_wait": EVENTS, "read": SLOW_CLIENT, "poll": SLOW_CLIENT}

    def pool(self, processes: int, listen: str, backlog: int, timeout_s: int) -> str:
        """Return the configuration of PHP-FPM."""
        return self.template(
            "../_php_fpm.conf",
            processes=processes,
            listen=listen,
            backlog=backlog,
            timeout_s=timeout_s,
        )

    def script(self) -> str:
        """Return the application."""
        return (self.folder / "../_php_app.php").read_text()


def at(endpoint: Endpoint) -> str:
    """Write an address as the `listen` directive has it."""
    return f"{endpoint.host}:{endpoint.port}"
