"""Says which parts of script/test have something to do: `pytest -p tests.parts`.

Each part loads the tests that it chooses from anew. Where only some files are asked
for, most parts would load them and find nothing.
"""

# The first marker that a test has decides; script/test says the same in its own words.
PARTS = {
    "alone": "runs",
    "browser": "browser",
    "server": "server",
    "sandbox": "sandbox",
}


def part_of(has_marker):
    """Return the part of a test, given a function that tells which markers it has."""
    return next((part for marker, part in PARTS.items() if has_marker(marker)), "pure")


def pytest_report_collectionfinish(items):
    """Return a line `part: NAME COUNT` for each part that has tests."""
    found = [part_of(item.get_closest_marker) for item in items]
    return [f"part: {part} {found.count(part)}" for part in dict.fromkeys(found)]
