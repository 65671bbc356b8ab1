"""The check that nobody else used the cores that were given to a run."""

from collections.abc import Sequence
from dataclasses import dataclass

from labs.bench.contracts.result_document import CheckEntry, Columns
from labs.bench.trust.checks import check, known, mean

USED_UP_PERCENT = 90.0  # of a core
WANTED_PERCENT = 25.0  # of it: who uses less is not short of it
WAITED_PERCENT = 10.0  # of the time, by all threads together
OTHERS_LIMIT_PERCENT = 20.0  # of it: kernel work for the run itself is among them


@dataclass(frozen=True)
class CoreNeed:
    """When a phase counts as in need of its cores, and what others may take of them."""

    always: bool = False
    cores: tuple[str, ...] = ("server", "load")
    waited_percent: float = WAITED_PERCENT
    others_percent: float = OTHERS_LIMIT_PERCENT

    def is_there(self, used_percent: float, waited_percent: float) -> bool:
        """Whether who used its core, and waited for it, so much was in need of it."""
        used = used_percent >= WANTED_PERCENT
        return self.always or used or waited_percent >= self.waited_percent


def cores_not_contended(
    series: Columns, cores: int, *, shared: bool, need: CoreNeed = CoreNeed()
) -> CheckEntry | None:
    """Nothing else took processor time that the server or the generator wanted.

    What others used matters only in ticks in which a core was used up, and, unless it
    is wanted at all times, where the run itself used a good part of it or was seen to
    wait for it: a server that mostly sleeps mostly gets what it needs. `cores` are the
    server's; `shared`: the generator's are the same.
    """
    server = series.get("server_cpu_percent", ())
    load = series.get("load_cpu_percent", ())
    worst = 0.0
    for name, number, one, other in (
        ("server", cores, server, load),
        ("load", 1, load, server),
    ):
        busy = series.get(f"{name}_cores_busy_percent", ())
        if not known(busy):
            return None
        of_run = [
            (a or 0.0) + (b or 0.0) * shared for a, b in zip(one, other, strict=False)
        ]
        waited = mean(known(series.get(f"{name}_wait_percent", ())))
        if name in need.cores and need.is_there(mean(of_run) / number, waited):
            worst = max(worst, _taken(busy, of_run, number))
    return check(
        "cores_not_contended",
        "Nothing else wanted the processors",
        worst <= need.others_percent,
        f"others took {worst:.0f} % of a core that was used up",
        f"at most {need.others_percent:.0f} %",
    )


def _taken(busy: Sequence[float | None], of_run: Sequence[float], number: int) -> float:
    """Return the share of a core, in percent of all the time, that others took in the
    ticks in which it was used up."""
    rows = [
        (percent / number, ours / number)
        for percent, ours in zip(busy, of_run, strict=False)
        if percent is not None
    ]
    return mean([max(0.0, b - o) if b >= USED_UP_PERCENT else 0.0 for b, o in rows])
