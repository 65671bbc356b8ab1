// A run as the page knows it: a snapshot, and the events folded into it. Pure.

const LOG_LINES = 2000;

export function fromSnapshot(frame) {
  return {
    seq: frame.seq,
    tS: frame.t_s,
    status: frame.status,
    phase: frame.phase,
    sentence: frame.sentence,
    reason: frame.reason,
    message: frame.message,
    queue: frame.queue,
    phases: frame.phases.slice(),
    series: Object.fromEntries(
      Object.entries(frame.series).map(([name, values]) => [name, values.slice()])),
    probes: frame.probes.slice(),
    board: frame.board,
    log: frame.log.slice(),
    verdict: frame.verdict,
    verdictSentence: frame.verdict_sentence,
  };
}

// A whole board, or what changed in it and who is gone (labs/bench/observer/board.py).
function foldBoard(board, update) {
  if (Array.isArray(update)) return update.length ? update : board;
  const cells = new Map(board.map((cell) => [cell.pid, cell]));
  for (const change of update.changed) {
    cells.set(change.pid, { ...cells.get(change.pid), ...change });
  }
  for (const pid of update.gone) cells.delete(pid);
  return [...cells.values()].sort((a, b) => a.pid - b.pid);
}

export const isOver = (model) =>
  ["finished", "failed", "cancelled", "lost"].includes(model.status);

const folds = {
  status(model, frame) {
    model.status = frame.status;
    model.phase = frame.phase;
    model.sentence = frame.sentence;
    model.queue = null;
    const { status, phase, sentence, t_s } = frame;
    model.phases.push({ status, phase, sentence, t_s });
  },
  log(model, frame) {
    const { source, level, text, t_s } = frame;
    model.log.push({ source, level, text, t_s });
    if (model.log.length > LOG_LINES) model.log.shift();
  },
  tick(model, frame) {
    const times = model.series.t_s;
    for (const name of Object.keys(frame.values)) {
      model.series[name] ??= new Array(times.length).fill(null);
    }
    for (const [name, column] of Object.entries(model.series)) {
      if (name !== "t_s") column.push(frame.values[name] ?? null);
    }
    times.push(frame.t_s);
    model.probes.push(...frame.probes);
    model.board = foldBoard(model.board, frame.board);
  },
  finished(model, frame) {
    model.status = frame.status;
    model.reason = frame.reason;
    model.message = frame.message;
    model.verdict = frame.verdict;
    model.verdictSentence = frame.verdict_sentence;
    model.phase = "";
    model.queue = null;
  },
};

// Fold one event in. The caller has made sure that it is the next one.
export function apply(model, frame) {
  folds[frame.type]?.(model, frame);
  model.seq = frame.seq;
  model.tS = frame.t_s;
}
