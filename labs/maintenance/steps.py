"""The work of the night that the labs and the catalog need, beside the check."""

from labs.execution import nightly
from labs.maintenance import database, evidence, leftovers, ticks


def register() -> None:
    """Register the steps of these two apps; `LabsConfig.ready` calls it.

    Evidence goes before ticks: what is no evidence any more is pruned the same night.
    Sizes come last, when the others have freed what they could.
    """
    for name, function in (
        ("evidence", evidence.prune),
        ("ticks", ticks.prune),
        ("sessions", leftovers.clear_sessions),
        ("uploads", leftovers.clear_waiting_files),
        ("cards", leftovers.clear_cards),
        ("histories", leftovers.bound_histories),
        ("sizes", database.tidy),
    ):
        nightly.step(name)(function)
