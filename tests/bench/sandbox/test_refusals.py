"""What cannot be started: each says why, and leaves nothing behind."""

import os
import resource
import subprocess
import sys

import pytest

from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.sandbox.box import Box, BoxRequest
from tests.bench.sandbox.launching import CHECKOUT, IDLE, Launcher, box
from tests.workers import SLOT

pytestmark = pytest.mark.sandbox

IN_A_THREAD = """
import threading
from labs.bench.contracts.errors import BenchFault
from labs.bench.sandbox import netns
from labs.bench.sandbox.box import Box, BoxRequest
def attempt():
    try:
        {attempt}
    except BenchFault as fault:
        print(fault.reason, fault.message)
{before}
thread = threading.Thread(target=attempt)
thread.start()
thread.join()
"""


def said_in_a_thread(attempt: str, before: str = "") -> str:
    program = IN_A_THREAD.format(attempt=attempt, before=before)
    command = [sys.executable, "-c", program]
    return subprocess.check_output(command, cwd=CHECKOUT, text=True)


class TestRefusals:
    def test_a_missing_program_is_said_by_name(self, launcher):
        ended = launcher.run_one({"command": ["/usr/bin/frobnicate"], "slot": SLOT})
        assert ended["code"] == 1
        assert "/usr/bin/frobnicate: No such file" in ended["text"]

    @pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", ""])
    def test_an_input_cannot_lie_elsewhere(self, launcher, name):
        fault = launcher.fault(box("", files={name: "text"}))
        assert "cannot be called" in fault["message"]

    def test_more_files_than_the_host_allows(self, built_root):
        fewer = (512, 512)

        def lower() -> None:
            resource.setrlimit(resource.RLIMIT_NOFILE, fewer)

        with Launcher(preexec_fn=lower) as poor:
            fault = poor.fault(box(IDLE))
        assert fault["reason"] == "host_limit"
        assert "needs 1024 open files, and this host allows 512" in fault["message"]

    def test_without_bwrap_it_says_how_to_get_it(self, built_root, tmp_path):
        with Launcher(env=os.environ | {"PATH": str(tmp_path)}) as bare:
            fault = bare.fault(box(IDLE))
        assert fault["reason"] == "sandbox"
        assert fault["message"] == (
            "bwrap is not installed; script/bootstrap installs it"
        )

    def test_without_a_lab_root_too(self, tmp_path):
        with Launcher(env=os.environ | {"LABS_HOME": str(tmp_path)}) as bare:
            fault = bare.fault(box(IDLE))
        assert fault["reason"] == "sandbox"
        assert f"There is no lab root at {tmp_path}/root" in fault["message"]
        assert "script/bootstrap" in fault["message"]

    def test_a_bwrap_that_fails_leaves_its_last_words(self, built_root, open_folder):
        failing = open_folder / "bwrap"
        failing.write_text("#!/bin/sh\necho 'no namespaces today' >&2; exit 1\n")
        failing.chmod(0o755)
        path = f"{open_folder}:{os.environ['PATH']}"
        with Launcher(env=os.environ | {"PATH": path}) as unlucky:
            fault = unlucky.fault(box(IDLE))
        assert fault["reason"] == "sandbox"
        assert "no namespaces today" in fault["message"]

    def test_a_bwrap_that_cannot_be_run_is_told_too(self, built_root, open_folder):
        broken = open_folder / "bwrap"
        broken.write_text("#!/nowhere/sh\n")
        broken.chmod(0o755)
        with Launcher(env=os.environ | {"PATH": str(open_folder)}) as unlucky:
            fault = unlucky.fault(box(IDLE))
        assert "bwrap could not be started" in fault["message"]


class TestPrivateNetwork:
    def test_there_is_no_sandbox_outside_one(self):
        with pytest.raises(BenchFault, match="outside a private network") as caught:
            Box.launch(BoxRequest(["/usr/bin/python3"]))
        assert caught.value.reason == Reason.SANDBOX

    def test_it_is_not_entered_by_one_thread_of_several(self):
        said = said_in_a_thread("netns.enter_private_network()")
        assert said.startswith("sandbox A private network can only be entered before")

    def test_a_sandbox_is_launched_by_a_thread_that_stays(self, built_root):
        said = said_in_a_thread(
            "Box.launch(BoxRequest(['/usr/bin/python3']))",
            before="netns.enter_private_network()",
        )
        assert said.startswith(
            "sandbox A sandbox must be launched from the main thread"
        )
