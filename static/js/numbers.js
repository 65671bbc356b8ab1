// Numbers for people, written as the server writes them (labs/presentation/number_format.py).

const grouped = (digits) => new Intl.NumberFormat("en-GB", {
  minimumFractionDigits: 0, maximumFractionDigits: digits,
});
const WHOLE = grouped(0);
const TENTH = grouped(1);
const SHORT = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });

export function number(value) {
  if (value === null || value === undefined) return "–";
  if (Number.isInteger(value)) return WHOLE.format(value);
  const size = Math.abs(value);
  if (size >= 100) return WHOLE.format(value);
  return (size < 10 ? SHORT : TENTH).format(value);
}

export const seconds = (value) => `${value.toFixed(1)} s`;
