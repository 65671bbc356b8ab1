"""A run so far, from its rows: what the page shows first and a socket gets first."""

from labs.bench.observer.board import fold
from labs.models import LabRun
from labs.permissions import quota

_LOG_LINES = 500


def build(run):
    """Return the snapshot frame of a run (docs/formats.md, "Live stream").

    Complete up to `seq`: the rows are read up to the number the run's row had first.
    """
    events = run.events.filter(seq__lte=run.last_seq).order_by("seq")
    story = _Story()
    for row in events.values_list("type", "t_s", "payload"):
        story.take(*row)
    return {
        "type": "snapshot",
        "seq": run.last_seq,
        "t_s": story.t_s,
        "status": run.status,
        "phase": run.phase,
        "sentence": run.sentence,
        "reason": run.reason,
        "message": run.message,
        "queue": quota.position(run),
        "phases": story.phases,
        "series": story.series,
        "probes": story.probes,
        "board": story.board,
        "log": story.log[-_LOG_LINES:],
        "verdict": run.verdict,
        "verdict_sentence": run.verdict_sentence or None,
    }


def of(run_id):
    """Return the snapshot of a run as the database has it now."""
    return build(LabRun.objects.defer("result").get(pk=run_id))


class _Story:
    """Folds events, in order, into columns and lists."""

    def __init__(self):
        self.t_s = 0.0
        self.series = {"t_s": []}
        self.phases, self.probes, self.board, self.log = [], [], [], []

    def take(self, kind, t_s, payload):
        self.t_s = t_s
        if kind == "tick":
            self._tick(t_s, payload)
        elif kind == "log":
            self.log.append({"t_s": t_s, **payload})
        elif kind == "status":
            self.phases.append({"t_s": t_s, **payload})

    def _tick(self, t_s, payload):
        times, values = self.series["t_s"], payload["values"]
        for name in self.series.keys() | values.keys():
            if name != "t_s":
                column = self.series.setdefault(name, [None] * len(times))
                column.append(values.get(name))
        times.append(t_s)
        self.probes += payload["probes"]
        self.board = fold(self.board, payload["board"])
