// The inside view in words, as the server writes it (labs/presentation/inside_view.py). Pure.

import { number } from "./numbers.js";

const ORDINARY = "SR"; // asleep and can be woken, or running: the words say it already
const STATES = ["established", "syn_recv", "fin_wait1", "fin_wait2", "close_wait",
  "last_ack", "closing", "time_wait"];

const mebibytes = (value) => (value == null ? "–" : `${number(value / 2 ** 20)} MiB`);
const branch = (depth) => (depth ? `${"\u00a0\u00a0\u00a0".repeat(depth - 1)}└\u00a0` : "");

// The rows of the board's table: each process below the one that made it.
export function rows(board) {
  return inTree(board).map(([depth, cell]) => ({
    name: `${branch(depth)}${cell.name} ${cell.pid}`,
    cells: [
      number(cell.threads),
      doing(cell),
      `${number(cell.cpu_percent)} %`,
      number(cell.switches_per_s),
      mebibytes(cell.rss_bytes),
      mebibytes(cell.pss_bytes),
      number(cell.open_files),
      number(cell.connections),
    ],
  }));
}

function inTree(board) {
  const present = new Set(board.map((cell) => cell.pid));
  const below = new Map();
  for (const cell of board) {
    const parent = present.has(cell.parent) ? cell.parent : null;
    below.set(parent, [...(below.get(parent) ?? []), cell]);
  }
  const follow = (parent, depth) => (below.get(parent) ?? []).flatMap(
    (cell) => [[depth, cell], ...follow(cell.pid, depth + 1)]);
  return follow(null, 0);
}

function doing(cell) {
  const counts = new Map();
  const add = (words, count) => counts.set(words, (counts.get(words) ?? 0) + count);
  if (cell.tasks) cell.tasks.forEach((group) => add(phrase(group), group.tids.length));
  else Object.entries(cell.waiting_in).forEach(([call, count]) => add(call, count));
  const ordered = [...counts].sort(([a, i], [b, j]) => j - i || (a < b ? -1 : 1));
  if (ordered.length === 1 && ordered[0][1] === 1) return ordered[0][0];
  return ordered.map(([words, count]) => `${number(count)} ${words}`).join(", ");
}

function phrase({ call, meaning, state }) {
  const said = call === "running" ? [] : [call];
  if (!ORDINARY.includes(state)) said.push(`state ${state}`);
  return said.length ? `${meaning} (${said.join(", ")})` : meaning;
}

// Where the server and its port stood at the last tick, in a few sentences.
export function summary(series) {
  const now = (name) => series[name]?.at(-1);
  if (now("connections_served") == null) return "";
  const say = (name) => number(now(name));
  const states = STATES.filter((name) => now(`tcp_${name}`))
    .map((name) => `${say(`tcp_${name}`)} ${name}`);
  return `In all ${mebibytes(now("server_pss_bytes"))} of memory, shared pages counted `
    + `once (PSS), ${say("server_open_files")} open files and `
    + `${say("server_switches_per_s")} context switches a second. `
    + `Connections: ${say("connections_served")} with the server, `
    + `${say("connections_waiting")} in the kernel and not accepted. `
    + `Accept queue: ${say("accept_queue")} of ${say("accept_queue_limit")}; `
    + `${say("listen_overflows")} overflows since the start. `
    + `By TCP state: ${states.join(", ") || "none"}.`;
}
