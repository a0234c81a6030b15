// Figures as people read them. Money and impacts come as decimal strings and stay exact: no float is ever added up or rounded here.

const parse = text => {
  const [, sign, whole, part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  return { units: BigInt(sign + whole + part), scale: part.length };
};

const grouped = digits => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/** Rounds a decimal string half-even to this many digits behind the point. */
export function rounded(text, digits) {
  let { units, scale } = parse(text);
  const negative = units < 0n;
  if (negative) units = -units;
  if (scale > digits) {
    const divisor = 10n ** BigInt(scale - digits);
    const [whole, rest] = [units / divisor, units % divisor];
    units = whole + (2n * rest > divisor || (2n * rest === divisor && whole % 2n === 1n) ? 1n : 0n);
  } else {
    units *= 10n ** BigInt(digits - scale);
  }
  const text0 = units.toString().padStart(digits + 1, '0');
  const sign = negative && units > 0n ? '−' : '';
  return sign + grouped(text0.slice(0, text0.length - digits)) + (digits > 0 ? '.' + text0.slice(-digits) : '');
}

export const isZero = text => /^-?0*(\.0*)?$/.test(text);

/** Sum of decimal strings, exact. */
export function sum(texts) {
  const parts = texts.map(parse);
  const scale = Math.max(0, ...parts.map(one => one.scale));
  const units = parts.reduce((total, one) => total + one.units * 10n ** BigInt(scale - one.scale), 0n);
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  return (units < 0n ? '-' : '') + digits.slice(0, digits.length - scale) + (scale > 0 ? '.' + digits.slice(-scale) : '');
}

/** Digits behind the point that suit amounts up to the largest of them: small ones need more. */
export function moneyDigits(...amounts) {
  const largest = Math.max(0, ...amounts.map(Number));
  return largest >= 100 ? 2 : largest >= 0.1 ? 4 : 6;
}

/** `$1.2346`; an amount too small for the digits is not shown as nothing. */
export function money(text, digits = moneyDigits(text)) {
  const shown = rounded(text, digits);
  if (!isZero(text) && /^−?[0.,]*$/.test(shown)) return '<$' + rounded('0.' + '0'.repeat(digits - 1) + '1', digits);
  return (shown.startsWith('−') ? '−$' + shown.slice(1) : '$' + shown);
}

export const count = number => grouped(String(number));

const compactSteps = [[1e12, 'T'], [1e9, 'B'], [1e6, 'M'], [1e4, 'k']];

/** `2.35 M`, for figures that are given in full elsewhere. */
export function compact(number) {
  for (const [size, letter] of compactSteps)
    if (number >= size) return significant(number / (letter === 'k' ? 1e3 : size), 3) + ' ' + letter;
  return count(Math.round(number));
}

const significant = (value, digits) => {
  if (value === 0) return '0';
  const behind = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(behind, 12));
};

export function percent(part, whole) {
  if (!whole) return '–';
  const share = 100 * part / whole;
  return (share > 0 && share < 0.1 ? '<0.1' : share < 100 && share > 99.9 ? '>99.9' : share.toFixed(1)) + ' %';
}

const durationUnits = [[60e6, 'min'], [1e6, 's'], [1e3, 'ms'], [1, 'µs']];

export function duration(microseconds) {
  if (microseconds === undefined || microseconds === null) return '–';
  for (const [size, unit] of durationUnits)
    if (microseconds >= size) return significant(microseconds / size, 3) + ' ' + unit;
  return microseconds + ' µs';
}

const massUnits = [[1000, 't'], [1, 'kg'], [1e-3, 'g'], [1e-6, 'mg'], [0, 'µg']];
const energyUnits = [[1000, 'MWh'], [1, 'kWh'], [1e-3, 'Wh'], [0, 'mWh']];
const sizes = { t: 1000, kg: 1, g: 1e-3, mg: 1e-6, 'µg': 1e-9, MWh: 1000, kWh: 1, Wh: 1e-3, mWh: 1e-6 };

const between = (range, units) => {
  const [min, max] = [Number(range.min), Number(range.max)];
  const unit = units.find(([from]) => max >= from)[1];
  // Both ends always stand there, with enough digits that they differ where they do.
  for (let digits = 3; ; digits++) {
    const ends = [min, max].map(end => significant(end / sizes[unit], digits));
    if (ends[0] !== ends[1] || min === max || digits > 9) return { text: ends.join(' – '), unit };
  }
};

/** `1.2 – 3.4` and its unit, from kg. */
export const mass = range => between(range, massUnits);

/** The same from kWh. */
export const energy = range => between(range, energyUnits);

export const words = symbol => symbol.replaceAll('_', ' ');

const pad = number => String(number).padStart(2, '0');

/** A time as the viewer's clock has it, as fine as periods of this many seconds need. */
export function clock(text, stepSeconds = 1) {
  const time = new Date(text);
  const day = `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
  const minute = `${pad(time.getHours())}:${pad(time.getMinutes())}`;
  if (stepSeconds >= 86400) return day;
  return stepSeconds >= 3600 ? `${day.slice(5)} ${minute}` : stepSeconds >= 60 ? minute : `${minute}:${pad(time.getSeconds())}`;
}

export const longClock = text => `${clock(text, 86400)} ${clock(text)}`;

/** `5 min`, `1 h`, `7 d`. */
export const span = seconds => seconds >= 86400 ? seconds / 86400 + ' d' : seconds >= 3600 ? seconds / 3600 + ' h' : seconds / 60 + ' min';
