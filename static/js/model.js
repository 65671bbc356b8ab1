// A run as the page knows it: a snapshot, and the events folded into it. Pure.
//
// It holds what is drawn. What is read arrives as text with each event, in `words`
// (labs/presentation/run_words.py); of those only the texts that replace one another
// are held here, by the place on the page that each belongs to.

export function fromSnapshot(frame) {
  return {
    seq: frame.seq,
    tS: frame.t_s,
    status: frame.status,
    isOver: frame.over,
    message: frame.message,
    queue: frame.queue,
    phases: frame.phases.slice(),
    series: Object.fromEntries(
      Object.entries(frame.series).map(([name, values]) => [name, values.slice()])),
    probes: frame.probes.slice(),
    verdictSentence: frame.verdict_sentence,
    texts: { ...frame.words.texts },
  };
}

const folds = {
  status(model, { status, phase, t_s: time }) {
    model.status = status;
    model.queue = null;
    model.phases.push({ phase, t_s: time });
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
  },
  finished(model, frame) {
    model.status = frame.status;
    model.isOver = true;
    model.message = frame.message;
    model.verdictSentence = frame.verdict_sentence;
    model.queue = null;
  },
};

// Fold one event in. The caller has made sure that it is the next one.
export function fold(model, frame) {
  folds[frame.type]?.(model, frame);
  Object.assign(model.texts, frame.words.texts);
  model.seq = frame.seq;
  model.tS = frame.t_s;
}
