"""Prepare the site and serve it until told to stop: `script/server`.

With Daphne everything runs in this one process, so Ctrl-C and SIGTERM reach it, and
what it started ends with it. With --wsgi it is Gunicorn, which ends its workers itself.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import io
import ipaddress
import os
import secrets
import socket
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import django
from django.conf import settings  # read when first used: after settle_environment
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command

from concsite import reloading, wsgi_server

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
FIRST_ADMIN = "admin"


def main(arguments: list[str] | None = None) -> int:
    """Prepare, then serve. The exit code is 1 where that cannot be done."""
    options = parse(arguments)
    try:
        check_address(options.host, options.port)
        if options.reload:
            return serve_again(options)
        settle_environment(options.host)
        notes = prepare()
        serve = serve_pages if options.wsgi else serve_all
        return serve(options.host, options.port, notes)
    except CannotServe as error:
        print(error, file=sys.stderr)
        return 1


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="script/server", description="Serve concsite")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", default=8000, type=_port, help="0: any free one")
    parser.add_argument(
        "--wsgi",
        action="store_true",
        help="pages alone, from several processes under Gunicorn: no live sockets, and "
        "labs only where a server without --wsgi runs beside it, on the same data",
    )
    parser.add_argument(
        "--reload",
        action="store_true",
        help="start again whenever a file of the site changes",
    )
    return parser.parse_args(arguments)


def _port(word: str) -> int:
    if not word.isdecimal() or int(word) > 65535:
        raise argparse.ArgumentTypeError(f"must be between 0 and 65535, not {word}")
    return int(word)


class CannotServe(Exception):
    """The site cannot be served; the message is for people."""


# --- who can reach it ----------------------------------------------------------------


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_address(host: str, port: int) -> None:
    """Raise CannotServe unless the site could listen there right now."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with closing(socket.socket(family, kind)) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen()
    except OSError as error:
        raise CannotServe(
            f"Cannot listen on {host} port {port}: {error.strerror}. "
            "Choose another with --host and --port"
        ) from None


def settle_environment(host: str) -> None:
    """Tell the settings who can reach the site, before they are read.

    Only the narrower answer may come from outside: behind a proxy a site on loopback
    is set to CONCSITE_LOOPBACK_ONLY=0; a public address can never be called private.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "concsite.settings")
    names: tuple[str, ...]
    if is_loopback(host):
        os.environ.setdefault("CONCSITE_LOOPBACK_ONLY", "1")
        names = (*LOOPBACK_NAMES, url_host(host))
    else:
        os.environ["CONCSITE_LOOPBACK_ONLY"] = "0"
        names = (*LOOPBACK_NAMES, *own_names(host))
        if os.environ.get("CONCSITE_DEBUG") == "1":
            raise CannotServe(
                f"CONCSITE_DEBUG=1 shows settings to visitors, and {host} can be "
                "reached by others. Leave one of the two"
            )
    os.environ.setdefault("CONCSITE_HOSTS", ",".join(dict.fromkeys(names)))


def url_host(host: str) -> str:
    """Write an address as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def own_names(host: str) -> list[str]:
    """List the names under which this machine is reached at `host`."""
    if host not in ("0.0.0.0", "::"):
        return [url_host(host)]
    listed = subprocess.run(
        ["hostname", "--all-ip-addresses"], capture_output=True, text=True
    )
    addresses = [url_host(address) for address in listed.stdout.split()]
    return [socket.gethostname(), socket.getfqdn(), *addresses]


# --- database, files, content --------------------------------------------------------


def prepare() -> list[str]:
    """Bring database, static files and catalog up to date; return lines to print."""
    django.setup()
    try:
        call_command("check", stdout=io.StringIO())
        call_command("migrate", verbosity=0, interactive=False)
        call_command("catalog", "sync", stdout=io.StringIO())
    except CommandError as error:
        raise CannotServe(str(error)) from None
    collect_static()
    return [*public_notes(), *first_admin()]


def collect_static() -> None:
    """Collect static files, unless none has changed since the last time."""
    stamp = settings.DATA_DIR / "static.stamp"
    digest = static_digest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(digest)


def static_digest() -> str:
    """Return a digest of the names, sizes and times of all static files."""
    digest = hashlib.sha256(f"{settings.STATIC_ROOT} {settings.STORAGES}".encode())
    for finder in get_finders():
        for name, storage in finder.list(ignore_patterns=[]):
            stat = os.stat(storage.path(name))
            digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def first_admin() -> list[str]:
    """Make the first admin account where there is none; return what to tell, once."""
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return []
    password = secrets.token_urlsafe(12)
    users.create_superuser(FIRST_ADMIN, password=password)
    return [
        f"Admin account: name {FIRST_ADMIN}, password {password}",
        "It is shown this once. To change it: "
        f".venv/bin/python manage.py changepassword {FIRST_ADMIN}",
    ]


def public_notes() -> list[str]:
    """Say what follows where other machines can reach the site."""
    if settings.LOOPBACK_ONLY:
        return []
    notes = [
        "Others can reach this site: runs need a login and a sandbox of level "
        f"{settings.LABS_MIN_LEVEL}",
        f"It answers to {', '.join(settings.ALLOWED_HOSTS)} (CONCSITE_HOSTS)",
    ]
    if not settings.HTTPS:
        notes.append(
            "Warning: passwords travel unencrypted. Put it behind a proxy with HTTPS "
            "and set CONCSITE_HTTPS=1: docs/deployment.md"
        )
    return notes


# --- serving -------------------------------------------------------------------------


def serve_again(options: argparse.Namespace) -> int:
    """Serve in a process of its own, again after every change of a file."""
    command = [sys.executable, "-m", "concsite.serve"]
    command += ["--host", options.host, "--port", str(options.port)]
    command += ["--wsgi"] if options.wsgi else []
    checkout = Path(__file__).resolve().parent.parent
    return reloading.run(command, [checkout / name for name in reloading.FOLDERS])


def serve_pages(host: str, port: int, notes: list[str]) -> int:
    """Serve concsite/wsgi.py under Gunicorn until SIGINT or SIGTERM."""
    return wsgi_server.serve(
        f"{url_host(host)}:{port}", lambda address: announce(address, notes)
    )


def serve_all(host: str, port: int, notes: list[str]) -> int:
    """Serve until SIGINT or SIGTERM. Return 1 where it could not listen, else 0."""
    # These need Django set up, and Daphne takes over the event loop when imported.
    from daphne.endpoints import build_endpoint_description_strings
    from daphne.server import Server

    from concsite import websockets  # the same
    from concsite.asgi import application

    websockets.install()

    def ready() -> None:
        address = server.listening_addresses[0]
        threading.Thread(target=announce, args=(address, notes), daemon=True).start()

    listens_on = "127.0.0.1" if host == "localhost" else host
    server = Server(
        application,
        endpoints=build_endpoint_description_strings(listens_on, port),
        http_timeout=60,
        websocket_connect_timeout=5,
        websocket_max_message_size=settings.LABS_CLIENT_FRAME_MAX_BYTES,
        websocket_max_frame_size=settings.LABS_CLIENT_FRAME_MAX_BYTES,
        ready_callable=ready,
        server_name="",
    )
    server.run()
    return 1 if server.abort_start else 0


def announce(address: tuple, notes: list[str]) -> None:
    """Warm the site up with real requests, then print where it is."""
    host, port = address[:2]
    shown = url_host({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host))
    with closing(http.client.HTTPConnection(shown.strip("[]"), port)) as connection:
        for path in ("/", "/labs/"):
            connection.request("GET", path, headers={"Host": f"{shown}:{port}"})
            connection.getresponse().read()
    for line in (*notes, f"Concsite is at http://{shown}:{port}/ (Ctrl-C stops it)"):
        print(line, flush=True)


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parent.parent)
    sys.exit(main())
