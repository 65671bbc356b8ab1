"""What other apps may add to the catalog: each hook is described, and is asked."""

import ast
import inspect

import pytest
from django.core.checks.registry import registry as system_checks

from models_catalog import hooks
from tests.test_boundaries import python_files, tree_of

HOOKS = [name for name in vars(hooks.Hooks) if not name.startswith("_")]


@pytest.mark.parametrize("name", HOOKS)
class TestHook:
    def test_it_has_a_description_and_a_full_signature(self, name):
        hook = getattr(hooks.Hooks, name)
        signature = inspect.signature(hook)
        parameters = list(signature.parameters.values())[1:]
        assert hook.__doc__
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(one.annotation is not inspect.Parameter.empty for one in parameters)

    def test_one_room_of_the_catalog_asks_for_it(self, name):
        rooms = [
            path
            for path in python_files("models_catalog/**/*.py")
            if path.name != "hooks.py" and name in attributes_of(path)
        ]
        assert len(rooms) == 1


def attributes_of(path) -> set[str]:
    return {n.attr for n in ast.walk(tree_of(path)) if isinstance(n, ast.Attribute)}


class TestRegistered:
    def test_the_labs_are_there_without_being_named(self):
        names = [type(added).__module__ for added in hooks.registered()]
        assert names.count("labs.catalog_hooks") == 1

    def test_one_that_adds_nothing_changes_nothing(self):
        nothing = hooks.Hooks()
        assert not nothing.attention_items(None)
        assert not nothing.page_state("home", {})


class TestSystemChecks:
    @pytest.mark.parametrize("module", ["labs.checks", "models_catalog.checks"])
    def test_those_of_both_apps_run(self, module):
        modules = {check.__module__ for check in system_checks.registered_checks}
        assert module in modules
