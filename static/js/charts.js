// Charts: (element, declaration, series) -> a drawing. Its table's cells arrive as text.

import uPlot from "../vendor/uplot/uPlot.esm.js";

const HEIGHT = 190;
// Marks of an axis stand at round values, for which three digits are enough.
const AXIS = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [1, 5]];

// Colours live in tokens.css; a canvas needs them resolved.
function colour(name) {
  const probe = document.createElement("i");
  probe.hidden = true;
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

// One line's values in the chart's unit.
function column({ per_unit: perUnit }, { name }, series) {
  const values = series[name] ?? new Array(series.t_s.length).fill(null);
  return perUnit === 1 ? values : values.map((value) => (value === null ? null : value / perUnit));
}

const present = (declaration, series) =>
  declaration.series.map((line) => column(declaration, line, series));

function axes() {
  const stroke = colour("ink-soft");
  const grid = { stroke: colour("line"), width: 1 };
  const font = "12px system-ui, sans-serif";
  const common = { stroke, grid, font, ticks: { show: false } };
  return [
    { ...common, space: 60, size: 30, values: (_, times) => times.map(atSecond) },
    { ...common, size: 58, values: (_, values) => values.map(compact) },
  ];
}

const atSecond = (time) => `${+time.toFixed(1)} s`;

function compact(value) {
  if (value === null) return "";
  const size = Math.abs(value);
  if (size >= 1e6) return `${AXIS.format(value / 1e6)}M`;
  return size >= 1e4 ? `${AXIS.format(value / 1e3)}k` : AXIS.format(value);
}

// Vertical lines where one phase gives way to another of a different name.
function boundaries(phases) {
  return phases.filter((phase, i) => i === 0 || phases[i - 1].phase !== phase.phase);
}

function phaseMarks(getPhases) {
  return (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = colour("line-strong");
    ctx.fillStyle = colour("ink-soft");
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = "left";
    ctx.setLineDash([4, 4]);
    const right = bbox.left + bbox.width;
    const marks = boundaries(getPhases()).map(({ phase, t_s: time }) => (
      { phase, x: Math.round(plot.valToPos(time, "x", true)) }));
    for (const [i, { phase, x }] of marks.entries()) {
      if (x < bbox.left || x > right) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      // A word that would run into the next line is left out; the list of phases has it.
      const room = (marks[i + 1]?.x ?? right) - x - 6;
      if (ctx.measureText(phase).width <= room) {
        ctx.fillText(phase, x + 4, bbox.top + 11 * devicePixelRatio);
      }
    }
    ctx.restore();
  };
}

// From zero, and with room for the names of phases above the lines.
function heightOf(_, low, high) {
  return [Math.min(0, low ?? 0), Math.max(1, (high ?? 1) * 1.18)];
}

export class Chart {
  // figure: an element with [data-chart-plot], [data-chart-rows] and a <details>
  constructor(figure, declaration, getPhases) {
    this.declaration = declaration;
    this.getPhases = getPhases;
    this.target = figure.querySelector("[data-chart-plot]");
    this.rows = figure.querySelector("[data-chart-rows]");
    this.table = figure.querySelector("details");
    this.table.addEventListener("toggle", () => this.#fillTable());
    this.freshRows = []; // cells of ticks that are not in the table yet
    new ResizeObserver(() => this.#resize()).observe(this.target);
  }

  // cells: a row of the table
  addRow(cells) {
    this.freshRows.push(cells);
  }

  draw(series) {
    this.series = series;
    const data = [series.t_s, ...present(this.declaration, series)];
    // The first line is the one that matters, so it is drawn last, above the others.
    const drawn = [series.t_s, ...data.slice(1).reverse()];
    if (this.plot) this.plot.setData(drawn);
    else this.#make(drawn);
    this.#fillTable();
  }

  restyle() {
    this.plot?.destroy();
    this.plot = null;
    if (this.series) this.draw(this.series);
  }

  #make(data) {
    const lines = this.declaration.series.map(({ label }, i) => ({
      label,
      stroke: colour(`series-${(i % 5) + 1}`),
      width: 2,
      dash: DASHES[i % DASHES.length],
      spanGaps: false,
      points: { show: false },
    }));
    this.plot = new uPlot({
      width: Math.max(200, this.target.clientWidth),
      height: HEIGHT,
      padding: [8, 12, 0, 0],
      cursor: { drag: { x: false, y: false }, points: { size: 6 } },
      legend: { show: false },
      scales: { x: { time: false }, y: { range: heightOf } },
      axes: axes(),
      series: [{}, ...lines.reverse()],
      hooks: { draw: [phaseMarks(this.getPhases)] },
    }, data, this.target);
  }

  #resize() {
    const width = this.target.clientWidth;
    if (this.plot && width > 0 && width !== this.plot.width) {
      this.plot.setSize({ width, height: HEIGHT });
    }
  }

  // A table that is closed is left as it is: hundreds of rows would cost for nothing.
  #fillTable() {
    if (!this.table.open) return;
    this.rows.append(...this.freshRows.map(rowOf));
    this.freshRows = [];
  }
}

function rowOf(cells) {
  const row = document.createElement("tr");
  row.append(...cells.map((text, i) => {
    const cell = document.createElement(i ? "td" : "th");
    if (!i) cell.scope = "row";
    cell.textContent = text;
    return cell;
  }));
  return row;
}
