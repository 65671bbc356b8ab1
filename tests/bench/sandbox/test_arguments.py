"""bwrap's options: which, and in which order."""

from pathlib import Path

import pytest

from labs.bench.sandbox import arguments

STAGE = Path("/stage/7")
# What a sandbox sees of the host, and nothing else.
BINDS = {
    "/": ("--ro-bind", "/stage/7/root"),
    "/box": ("--bind", "/stage/7/box"),
    "/lab": ("--ro-bind", "/stage/7/lab"),
    "/usr/bin/node": ("--ro-bind", "/opt/node"),
}
TAKES_TWO = {"--bind", "--ro-bind", "--setenv"}
TAKES_NONE = {
    *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts"),
    *("--unshare-cgroup", "--disable-userns", "--assert-userns-disabled"),
    *("--new-session", "--die-with-parent", "--clearenv"),
}


@pytest.fixture
def options() -> list[tuple[str, ...]]:
    """Return bwrap's options, each with its values, in order."""
    words = iter(
        arguments.build(
            STAGE,
            {"APACHE_RUN_DIR": "/box", "HOME": "/elsewhere"},
            {"/usr/bin/node": Path("/opt/node")},
            seccomp_fd=8,
            info_fd=9,
        )
    )
    return [(word, *(next(words) for _ in range(_values(word)))) for word in words]


def _values(option: str) -> int:
    assert option.startswith("--"), f"{option} is no option"
    return 0 if option in TAKES_NONE else 2 if option in TAKES_TWO else 1


class TestOptions:
    @pytest.mark.parametrize("flag", sorted(TAKES_NONE))
    def test_each_flag_is_given_by_name(self, options, flag):
        assert (flag,) in options

    def test_none_is_of_the_kind_that_skips_what_it_cannot_have(self, options):
        names = [option[0] for option in options]
        assert not [n for n in names if n.endswith("-try") or n == "--unshare-all"]

    def test_the_network_is_the_launchers_own(self, options):
        assert not [o for o in options if o[0] in ("--unshare-net", "--share-net")]

    def test_no_capability_and_no_root_inside(self, options):
        assert ("--cap-drop", "ALL") in options
        assert ("--uid", "10001") in options
        assert ("--gid", "10001") in options

    def test_descriptors_are_the_ones_given(self, options):
        assert ("--seccomp", "8") in options
        assert ("--info-fd", "9") in options


class TestFiles:
    def test_these_are_all_the_binds(self, options):
        binds = {o[2]: (o[0], o[1]) for o in options if "bind" in o[0]}
        assert binds == BINDS

    @pytest.mark.parametrize("target", ["/", "/proc", "/dev"])
    def test_what_must_stay_as_it_is_is_read_only(self, options, target):
        assert ("--remount-ro", target) in options

    def test_the_root_becomes_read_only_after_everything_is_in_it(self, options):
        end = options.index(("--remount-ro", "/"))
        mounts = {"--bind", "--ro-bind", "--tmpfs", "--proc", "--dev"}
        assert not [option for option in options[end:] if option[0] in mounts]

    @pytest.mark.parametrize("target", ["/tmp", "/dev/shm"])
    def test_every_tmpfs_has_a_size(self, options, target):
        at = options.index(("--tmpfs", target))
        assert options[at - 1] == ("--size", str(32 * 2**20))

    def test_shared_memory_is_mounted_before_dev_becomes_read_only(self, options):
        shm = options.index(("--tmpfs", "/dev/shm"))
        assert options.index(("--dev", "/dev")) < shm
        assert shm < options.index(("--remount-ro", "/dev"))


class TestEnvironment:
    def test_it_starts_empty(self, options):
        first = next(i for i, option in enumerate(options) if option[0] == "--setenv")
        assert options.index(("--clearenv",)) < first

    def test_these_are_all_the_variables(self, options):
        values = {o[1]: o[2] for o in options if o[0] == "--setenv"}
        assert values == {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HOME": "/elsewhere",
            "TMPDIR": "/tmp",
            "APACHE_RUN_DIR": "/box",
        }


class TestEncoding:
    def test_each_word_ends_with_a_nul(self):
        assert arguments.encode(["--dev", "/dé v"]) == "--dev\0/dé v\0".encode()

    def test_a_nul_cannot_smuggle_an_option_in(self):
        with pytest.raises(ValueError, match="NUL"):
            arguments.encode(["--setenv", "A", "x\0--bind\0/\0/"])
