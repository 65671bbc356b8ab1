"""The numbers: how they are changed, and fitted to open files and to addresses."""

import re
from pathlib import Path

import pytest
from django.urls import get_resolver

from concsite.network.limits import Limits, max_body_bytes

LIMITS = Limits()
DEPLOYMENT = Path(__file__).resolve().parents[2] / "docs/deployment.md"


class TestWords:
    def test_each_limit_can_be_changed(self):
        changed = Limits.parse("head_s=2.5 max_connections=7")
        assert (changed.head_s, changed.max_connections) == (2.5, 7)
        assert changed.grace_s == LIMITS.grace_s

    @pytest.mark.parametrize("words", ["heads_s=1", "head_s", "head_s=soon"])
    def test_nonsense_is_refused(self, words):
        with pytest.raises(ValueError):
            Limits.parse(words)

    def test_the_documentation_has_all_of_them_with_their_numbers(self):
        rows = re.findall(r"\| `([a-z_]+)` \| ([\d.]+) \|", DEPLOYMENT.read_text())
        assert {name: float(number) for name, number in rows} == vars(LIMITS)


class TestOpenFiles:
    @pytest.mark.parametrize("files", [64, 256, 1024, 4096, 1 << 20])
    def test_some_are_left_for_all_that_is_no_connection(self, files):
        fitted = LIMITS.fitted_to(files)
        for_requests = 4 * fitted.max_requests_at_work
        assert 2 <= fitted.max_connections <= LIMITS.max_connections
        assert 1 <= fitted.max_connections_per_address <= fitted.max_connections // 2
        if files >= 256:
            assert fitted.max_connections + for_requests + 64 <= files

    def test_a_class_room_behind_one_address_has_room(self):
        assert LIMITS.fitted_to(1 << 20).max_connections_per_address == 1000


class TestBodies:
    @pytest.mark.parametrize(
        ("path", "most"),
        [
            ("/", LIMITS.max_form_bytes),
            ("/models/", LIMITS.max_form_bytes),
            ("/accounts/login/", LIMITS.max_form_bytes),
            ("/admin/login/", LIMITS.max_form_bytes),
            ("/labs/slowloris/", LIMITS.max_form_bytes),
            ("/admin/models_catalog/server/1/change/", LIMITS.max_admin_bytes),
            ("/admin/catalog/markdown/", LIMITS.max_admin_bytes),
            ("/admin/catalog/pictures/", LIMITS.max_picture_bytes),
            ("/admin/models_catalog/picture/add/", LIMITS.max_admin_bytes),
            ("/admin/catalog/bundle/", LIMITS.max_bundle_bytes),
            ("/admin/models_catalog/server/import/", LIMITS.max_bundle_bytes),
            ("/no/such/address", LIMITS.max_form_bytes),
        ],
    )
    def test_each_address_has_its_length(self, path, most):
        assert max_body_bytes(LIMITS, path) == most

    def test_no_address_outside_the_admin_takes_more_than_a_form(self):
        resolver = get_resolver()
        for pattern in resolver.url_patterns:
            path = f"/{pattern.pattern}"
            if not path.startswith("/admin"):
                assert max_body_bytes(LIMITS, path) == LIMITS.max_form_bytes
