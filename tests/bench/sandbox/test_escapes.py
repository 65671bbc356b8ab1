"""Ways out, tried from inside by the doctor's own payload: one row each.

What is to be found is planted first: a file, a variable, a descriptor, two sockets.
"""

import json
import os
import secrets
import socket
import tempfile
from contextlib import ExitStack
from typing import Any

import pytest

from labs.bench.sandbox import lab_root
from tests.bench.sandbox.launching import Launcher, payload

pytestmark = pytest.mark.sandbox

# How each attempt ends. "none" is what the payload says where it looked and found
# nothing; an errno that only a working layer gives is named, not "anything but open".
ROWS = {
    "A02 core_pattern": "EROFS",
    "A03 kernel settings": "none",
    "A04 secret file": "ENOENT",
    "A04 shadow": "ENOENT",
    "A06 environment": "none",
    "A06 own environment": "none",
    "A07 descriptor": "none",
    "A08 host paths": "none",
    "A09 host processes": "none",
    "A10 host loopback": "ECONNREFUSED",
    "A10 abstract socket": "ECONNREFUSED",
    "A11 outside": "ENETUNREACH",
    "A13 vsock": "EAFNOSUPPORT",
    "A15 unshare user": "EPERM",
    "A15 unshare mount": "EPERM",
    "A15 clone user": "EPERM",
    "A15 clone3": "ENOSYS",
    "A16 mount": "EPERM",
    "A16 umount": "EPERM",
    "A16 pivot_root": "EPERM",
    "A16 chroot": "EPERM",
    "A16 open_tree": "EPERM",
    "A16 fsopen": "EPERM",
    "A16 mount_setattr": "EPERM",
    "A18 io_uring": "EPERM",
    "A21 TIOCSTI": "EPERM",
    "A21 TIOCSTI, high bits": "EPERM",
    "A22 no new privileges": "none",
    "A22 setuid files": "none",
    "A25 device": "EPERM",
    "A25 kernel devices": "none",
    "A26 write /": "EROFS",
    "A26 write /usr": "EROFS",
    "A26 write /dev": "EROFS",
    "A26 write /lab": "EROFS",
    "ptrace": "EPERM",
    "keyctl": "EPERM",
    "bpf": "EPERM",
    "perf_event_open": "EPERM",
    "userfaultfd": "EPERM",
    "setns": "EPERM",
    "memfd_secret": "EPERM",
    "process_vm_readv": "EPERM",
    "seccomp": "none",
    "capabilities": "none",
    "no /sys/fs/cgroup": "none",
}


class Planted:
    """What a sandbox must not find, on the host's side, and who it was that called."""

    def __init__(self, stack: ExitStack) -> None:
        self.secret = secrets.token_hex(16)
        self.fd, self.path = tempfile.mkstemp(prefix="concsite-canary-")
        stack.callback(os.unlink, self.path)
        stack.callback(os.close, self.fd)
        os.write(self.fd, self.secret.encode())
        self.tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        self.abstract.bind(f"\0concsite-{self.secret}")
        self.abstract.listen(1)

    def canaries(self) -> dict[str, Any]:
        return {
            "secret": self.secret,
            "file": self.path,
            "host_path": str(lab_root.home()),
            "port": self.tcp.getsockname()[1],
            "abstract": f"concsite-{self.secret}",
        }

    def callers(self) -> list[str]:
        """List which of our sockets somebody reached."""
        reached = []
        for name, listener in (("tcp", self.tcp), ("abstract", self.abstract)):
            listener.setblocking(False)
            try:
                listener.accept()[0].close()
                reached.append(name)
            except BlockingIOError:
                continue
        return reached


def attack(**options: Any) -> dict[str, str]:
    """Plant, attack from inside, and return how each attempt ended."""
    with ExitStack() as stack:
        planted = Planted(stack)
        environment = options.pop("env", dict(os.environ))
        launcher = stack.enter_context(
            Launcher(
                env={**environment, "CONCSITE_CANARY": planted.secret},
                pass_fds=[planted.fd],
                **options,
            )
        )
        files = {"canaries": json.dumps(planted.canaries())}
        ended = launcher.run_one(payload("escapes", "/lab/canaries", files=files))
        assert ended["code"] == 0, ended["text"]
        assert planted.callers() == []
        return json.loads(ended["text"])


@pytest.fixture(scope="module", params=["as_we_are", "as_an_ordinary_user"])
def outcomes(request, built_root) -> dict[str, str]:
    """Attack once for all rows, from a launcher of each kind of user."""
    if request.param == "as_we_are":
        return attack()
    if os.geteuid() != 0:
        pytest.skip("We are an ordinary user already")
    return attack(**request.getfixturevalue("ordinary"))


class TestEscapes:
    @pytest.mark.parametrize("row", ROWS)
    def test_there_is_no_way_out_by(self, outcomes, row):
        assert outcomes[row] == ROWS[row]

    def test_no_row_of_the_payload_is_missing_here(self, outcomes):
        assert outcomes.keys() == ROWS.keys()


class TestPayload:
    @pytest.mark.parametrize("name", ["escapes", "bombs", "daemons"])
    def test_it_refuses_to_run_outside(self, launcher, name):
        order = payload(name, "fork")
        del order["environment"]["IN_SANDBOX"]
        ended = launcher.run_one(order)
        assert ended["code"] == 1
        assert ended["text"] == "Refused: this runs inside a sandbox only\n"

    def test_it_finds_what_is_there_to_be_found(self, launcher):
        """The control: with the canaries put inside, the same payload reports them."""
        with ExitStack() as stack:
            planted = Planted(stack)
            canaries = planted.canaries() | {
                "file": "/lab/canaries",
                "host_path": "lab",
            }
            order = payload(
                "escapes",
                "/lab/canaries",
                files={"canaries": json.dumps(canaries)},
                environment={"LEAK": planted.secret},
            )
            found = json.loads(launcher.run_one(order)["text"])
        opened = {row for row, outcome in found.items() if outcome == "open"}
        assert opened == {
            "A04 secret file",
            "A06 environment",
            "A06 own environment",
            "A08 host paths",
        }
