// Elements in one call each. Texts are only ever set as text: names come from callers.

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'width%') element.style.width = value + '%';
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export const h = (tag, attributes, ...children) => build(document.createElement(tag), attributes, children);

export const svg = (tag, attributes, ...children) =>
  build(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

export const byId = id => document.getElementById(id);

/** A figure with its exact value for machines beside what is shown. */
export const figure = (value, shown, attributes) => h('data', { value, ...attributes }, shown);

/** A name, or that there is none: an empty name must not look like a missing cell. */
export const named = (name, none) => name === undefined || name === '' ? h('span', { class: 'none' }, none) : name;

/** @param {Array<[string, string?]>} heads text and class of each column @param {Array<Array>} rows cells; the first heads its row */
export function table(caption, heads, rows) {
  return h('table', {},
    h('caption', { class: 'hidden-text' }, caption),
    h('thead', {}, h('tr', {}, heads.map(([text, kind]) => h('th', { scope: 'col', class: kind }, text)))),
    h('tbody', {}, rows.map(cells => h('tr', {}, cells.map((cell, i) =>
      i === 0 ? h('th', { scope: 'row', class: heads[i][1] }, cell) : h('td', { class: heads[i][1] }, cell))))));
}

const open = new Map();

/** The table behind a chart: stays open or closed when the figures change. */
export function tableBehind(id, caption, heads, rows, summary = 'Show as table') {
  const details = h('details', { open: open.get(id) === true },
    h('summary', { id: 'table-' + id }, summary), h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption }, table(caption, heads, rows)));
  details.addEventListener('toggle', () => open.set(id, details.open));
  return details;
}

/** Puts new content in place of the old, keeping the focus on what has the same id. */
export function replace(target, ...children) {
  const focused = target.contains(document.activeElement) ? document.activeElement.id : '';
  const scrolled = [...target.querySelectorAll('.scroll')].map(one => one.scrollTop);
  target.replaceChildren(...children.flat().filter(Boolean));
  [...target.querySelectorAll('.scroll')].forEach((one, i) => { if (scrolled[i]) one.scrollTop = scrolled[i]; });
  if (focused) byId(focused)?.focus({ preventScroll: true });
}
