"""The environment tells enough to compare and nothing that identifies."""

import resource
from pathlib import Path

from labs.bench.run import environment

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def checkout(tmp_path: Path, head: str) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text(head)
    return tmp_path


class TestEnvironment:
    def test_no_path_of_this_machine_is_in_it(self):
        told = environment.describe({"level": "strict", "profile": "p"}, {0}, {1})
        assert "/home" not in str(told) and str(Path.cwd()) not in str(told)
        assert told["pinned"] == {"server": [0], "load": [1]}
        assert told["memory_bytes"] > 2**20

    def test_the_generators_limits_are_in_it(self):
        limits = environment.describe({}, {0}, {1})["limits"]
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert limits["open_files"] is None or limits["open_files"] >= files
        assert 1 <= limits["client_ports"] <= 65536


class TestSourceCommit:
    def test_a_branch_is_followed(self, tmp_path):
        root = checkout(tmp_path, "ref: refs/heads/main\n")
        (root / ".git/refs/heads").mkdir(parents=True)
        (root / ".git/refs/heads/main").write_text(COMMIT + "\n")
        assert environment.source_commit(root) == COMMIT

    def test_a_packed_branch_is_found(self, tmp_path):
        root = checkout(tmp_path, "ref: refs/heads/main\n")
        packed = f"# pack-refs with: peeled\n{COMMIT} refs/heads/main\n"
        (root / ".git/packed-refs").write_text(packed)
        assert environment.source_commit(root) == COMMIT

    def test_a_detached_head_is_the_commit(self, tmp_path):
        assert environment.source_commit(checkout(tmp_path, COMMIT + "\n")) == COMMIT

    def test_a_linked_worktree_finds_its_branch_in_the_checkout(self, tmp_path):
        root = checkout(tmp_path, "ref: refs/heads/main\n")
        own = root / ".git/worktrees/linked"
        own.mkdir(parents=True)
        (own / "HEAD").write_text("ref: refs/heads/side\n")
        (own / "commondir").write_text("../..\n")
        (root / ".git/refs/heads").mkdir(parents=True, exist_ok=True)
        (root / ".git/refs/heads/side").write_text(COMMIT + "\n")
        linked = tmp_path / "linked"
        linked.mkdir()
        (linked / ".git").write_text(f"gitdir: {own}\n")
        assert environment.source_commit(linked) == COMMIT

    def test_a_download_has_none(self, tmp_path):
        assert environment.source_commit(tmp_path) is None

    def test_a_branch_without_a_commit_has_none(self, tmp_path):
        root = checkout(tmp_path, "ref: refs/heads/main\n")
        assert environment.source_commit(root) is None
