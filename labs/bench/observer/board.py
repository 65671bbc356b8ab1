"""The board (one cell for each process) as it is published, tick by tick.

Once a second the whole board is sent, a list of cells. In between only what changed
since the tick before: `changed` has new cells, and of others their `pid` and the fields
with a new value; `gone` has the pids of processes that have ended.
"""

from collections.abc import Iterable
from typing import cast

from labs.bench.contracts.board import Board, BoardUpdate, Cell, CellChange
from labs.bench.contracts.events import TICK_S

WHOLE_EVERY_S = 1.0


class Publisher:
    """Makes updates out of whole boards."""

    def __init__(self) -> None:
        self._known: dict[int, Cell] = {}
        self._whole_s = float("-inf")

    def update(self, board: Board, t_s: float) -> BoardUpdate:
        """Return what to publish of a board that was seen at `t_s`."""
        before, self._known = self._known, {cell["pid"]: cell for cell in board}
        # Half a tick early rather than a whole one late.
        if t_s - self._whole_s >= WHOLE_EVERY_S - TICK_S / 2:
            self._whole_s = t_s
            return board
        changes = (_changes(before.get(cell["pid"]), cell) for cell in board)
        gone = sorted(before.keys() - self._known.keys())
        return {"changed": [change for change in changes if change], "gone": gone}


def _changes(before: Cell | None, cell: Cell) -> CellChange | None:
    if before is None:
        return {**cell}
    new = {name: value for name, value in cell.items() if before.get(name) != value}
    return {"pid": cell["pid"], **new} if new else None


def fold(board: Iterable[Cell], update: BoardUpdate) -> Board:
    """Return the board after an update, in the order of pids.

    An empty whole one says that there was nothing to see, and leaves what was.
    """
    if isinstance(update, list):
        return update or list(board)
    cells = {cell["pid"]: cell for cell in board}
    for change in update["changed"]:
        known: CellChange = {**cells.get(change["pid"], {})}
        # Complete, because the change of a cell that was not known has every field.
        cells[change["pid"]] = cast("Cell", known | change)
    for pid in update["gone"]:
        cells.pop(pid, None)
    return [cells[pid] for pid in sorted(cells)]
