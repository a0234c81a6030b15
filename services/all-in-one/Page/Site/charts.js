// Small drawings in SVG. Each can be read by keyboard (arrow keys move a cursor over the periods, the line below says its figures), and
// has its figures as a table beside it.
import { h, svg } from './dom.js';

const cursors = new Map();

/** Pixels of a rem: drawings are made in the pixels of the place they are for, so that their text has the size of text. */
export const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

const niceTop = value => {
  if (!(value > 0)) return 1;
  const size = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find(step => step * size >= value * 0.999999) * size;
};

/** Axes for `n` periods and values up to `max`; gives the SVG, and how to place things in it. */
function frame({ width, height, tick, label }, n, max) {
  const unit = rem();
  width = Math.max(width, 12 * unit);
  const box = { left: 3.6 * unit, right: width - 0.5 * unit, top: 0.6 * unit, bottom: height * unit - 1.4 * unit };
  const ceiling = niceTop(max);
  const x = i => box.left + (box.right - box.left) * i / n;
  const y = value => box.bottom - (box.bottom - box.top) * value / ceiling;
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height * unit}`, 'aria-hidden': 'true', focusable: 'false' });
  for (const share of [0, 0.5, 1]) {
    const level = y(ceiling * share);
    picture.append(
      svg('line', { class: share === 0 ? 'axis' : 'grid', x1: box.left, x2: box.right, y1: level, y2: level }),
      svg('text', { x: box.left - 0.4 * unit, y: level + 0.25 * unit, 'text-anchor': 'end' }, share === 0 ? '0' : tick(ceiling * share)));
  }
  const every = Math.max(1, Math.ceil(n / Math.max(1, Math.floor((box.right - box.left) / (6 * unit)))));
  for (let i = 0; i < n; i += every)
    if (x(i) < box.right - 4 * unit) picture.append(svg('text', { x: x(i), y: height * unit - 0.3 * unit }, label(i)));
  return { picture, x, y, box, unit };
}

/** Makes a drawing readable: cursor, keys, and the line of figures below it. */
function readable({ id, title, summary, say }, n, { picture, x, box }, nearest = share => Math.floor(share * n)) {
  const readout = h('output', { class: 'readout', id: id + '-readout' });
  const line = svg('line', { class: 'cursor', y1: box.top, y2: box.bottom, visibility: 'hidden' });
  picture.append(line);
  const show = i => {
    cursors.set(id, i);
    line.setAttribute('x1', x(i + 0.5));
    line.setAttribute('x2', x(i + 0.5));
    line.setAttribute('visibility', 'visible');
    readout.textContent = say(i);
  };
  const hide = () => {
    cursors.delete(id);
    line.setAttribute('visibility', 'hidden');
    readout.textContent = '';
  };
  const move = event => {
    const place = picture.getBoundingClientRect();
    const share = (event.clientX - place.left - box.left) / (box.right - box.left);
    if (share >= 0 && share < 1) show(nearest(share));
  };
  const keys = { ArrowLeft: i => i - 1, ArrowRight: i => i + 1, Home: () => 0, End: () => n - 1 };
  const plot = h('div', {
    class: 'plot', id, tabindex: '0', role: 'img', 'aria-label': `${title}. ${summary}. Arrow keys read one period after the other.`,
    onmousemove: move, onmouseleave: hide, onblur: hide,
    onkeydown: event => {
      if (!(event.key in keys) || n === 0) return;
      event.preventDefault();
      show(Math.min(n - 1, Math.max(0, keys[event.key](cursors.get(id) ?? (event.key === 'ArrowRight' ? -1 : n)))));
    },
  }, picture);
  if (cursors.has(id) && cursors.get(id) < n) show(cursors.get(id));
  return h('div', { class: 'chart' }, plot, readout);
}

/**
 * What every drawing is given: `id`, `title`, `summary` for those who do not see it, `width` in pixels, `height` in rem, `tick(value)` and
 * `label(period)` for the axes, `say(period)` for the line of figures.
 */

/** @param series [{ kind, values: number[] }] drawn from the bottom up */
export function stackedBars(chart, n, series) {
  const totals = Array.from({ length: n }, (_, i) => series.reduce((total, one) => total + one.values[i], 0));
  const drawing = frame(chart, n, Math.max(0, ...totals));
  const { picture, x, y } = drawing;
  const gap = n > 40 ? 0.12 : 0.2;
  for (let i = 0; i < n; i++) {
    let base = 0;
    for (const { kind, values } of series) {
      if (!(values[i] > 0)) continue;
      picture.append(svg('rect', {
        class: 'bar-piece ' + kind, x: x(i + gap / 2), width: x(1 - gap) - x(0), y: y(base + values[i]), height: y(base) - y(base + values[i]),
      }));
      base += values[i];
    }
  }
  return readable(chart, n, drawing);
}

/** Lines with holes where nothing is known. @param series [{ kind, values: (number|undefined)[] }] */
export function lines(chart, n, series) {
  const drawing = frame(chart, n, Math.max(0, ...series.flatMap(one => one.values).filter(Number.isFinite)));
  for (const { kind, values } of series) {
    const path = [];
    values.forEach((value, i) => {
      if (!Number.isFinite(value)) return;
      const joined = i > 0 && Number.isFinite(values[i - 1]);
      path.push(`${joined ? 'L' : 'M'}${drawing.x(i + 0.5).toFixed(1)} ${drawing.y(value).toFixed(1)}${joined ? '' : 'h0.01'}`);
    });
    drawing.picture.append(svg('path', { class: 'line ' + kind, d: path.join('') }));
  }
  return readable(chart, n, drawing);
}

/** What may lie between two ends, period by period; never one line. @param ends [[min, max] | undefined] */
export function bands(chart, ends) {
  const drawing = frame(chart, ends.length, Math.max(0, ...ends.filter(Boolean).map(([, max]) => max)));
  const { picture, x, y } = drawing;
  ends.forEach((pair, i) => {
    if (pair) picture.append(svg('rect', { class: 'band', x: x(i + 0.12), width: x(0.76) - x(0), y: y(pair[1]), height: Math.max(1, y(pair[0]) - y(pair[1])) }));
  });
  return readable(chart, ends.length, drawing);
}

/** How a budget's period was spent: a rising line against the limit, its thresholds, and the even pace. Times in milliseconds. */
export function burn(chart, { points, start, end, now, limit, thresholds }) {
  const share = time => Math.min(1, Math.max(0, (Math.min(time, now) - start) / (end - start)));
  const places = [{ time: start, value: 0 }, ...points, { time: now, value: points.at(-1)?.value ?? 0 }];
  const drawing = frame({ ...chart, label: () => '' }, 1, Math.max(limit * 1.05, places.at(-1).value));
  const { picture, x, y, box, unit } = drawing;
  const base = chart.height * unit - 0.3 * unit;
  picture.append(
    svg('text', { x: box.left, y: base }, chart.label(start)), svg('text', { x: box.right, y: base, 'text-anchor': 'end' }, chart.label(end)),
    svg('line', { class: 'pace squiet', x1: x(0), y1: y(0), x2: x(1), y2: y(limit) }),
    svg('line', { class: 'limit sbad', x1: x(0), x2: x(1), y1: y(limit), y2: y(limit) }));
  let labelled = y(limit);
  for (const threshold of thresholds.filter(one => one !== 100).sort((one, other) => other - one)) {
    const level = y(limit * threshold / 100);
    if (level < box.top) continue;
    picture.append(svg('line', { class: 'threshold swarn', x1: x(0), x2: x(1), y1: level, y2: level }));
    if (Math.abs(level - labelled) < 0.75 * unit) continue;
    picture.append(svg('text', { x: box.right - 0.2 * unit, y: level - 0.2 * unit, 'text-anchor': 'end' }, threshold + ' %'));
    labelled = level;
  }
  // Steps: between two points nothing is known to have been spent.
  picture.append(svg('path', { class: 'line s1', d: `M${x(0)} ${y(0)}` + places.map(({ time, value }) => `H${x(share(time)).toFixed(1)}V${y(value).toFixed(1)}`).join('') }));
  const nearest = part => Math.max(0, places.findLastIndex(({ time }) => share(time) <= part));
  return readable(chart, places.length, { ...drawing, x: i => x(share(places[Math.floor(i)].time)) }, nearest);
}

export const legend = items => h('ul', { class: 'legend' }, items.map(([kind, text, isLine]) => h('li', {},
  isLine ? svg('svg', { class: 'stroke', viewBox: '0 0 24 8', 'aria-hidden': 'true' }, svg('path', { class: 'line ' + kind, d: 'M1 4H23' }))
    : h('span', { class: 'key ' + kind }), text)));
