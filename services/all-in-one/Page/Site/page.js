// Asks for the figures, again every few seconds, and hands them to those who draw.
import { h, byId } from './dom.js';
import { clock, count, money, span } from './format.js';
import { drawSpend, drawTokens, drawTotal, spokenRange } from './spend.js';
import { drawBudgets, drawCo2, drawErrors, drawLatency, drawQuality } from './health.js';
import { drawRequests, openDialog } from './requests.js';

const refreshMs = 5000, patienceMs = 20000, shownRequests = 25;
const teams = { id: 'teams', one: 'team', many: 'teams', none: 'no team' };
const models = { id: 'models', one: 'model', many: 'models', none: 'no model' };
const filters = ['tenant', 'team', 'model'];
const everyone = '*';
const ranges = ['15m', '1h', '6h', '24h'];

const controls = byId('controls'), trail = byId('trail'), pause = byId('pause');
let shown, timer, asked = 0, isPaused = false;

const wanted = () => {
  const query = new URLSearchParams({ range: controls.elements.range.value });
  for (const name of filters) if (controls.elements[name].value !== everyone) query.set(name, controls.elements[name].value);
  return query;
};

async function refresh(isAsked) {
  clearTimeout(timer);
  if (document.hidden) return;
  const turn = ++asked;
  const stop = AbortSignal.timeout(patienceMs);
  try {
    const query = wanted();
    const listed = new URLSearchParams(query);
    listed.set('count', shownRequests);
    listed.set('outcome', byId('requests-outcome').value);
    const replies = await Promise.all([fetch('/usage/figures?' + query, { signal: stop }), fetch('/usage/requests?' + listed, { signal: stop })]);
    const [data, { requests }] = await Promise.all(replies.map(reply => reply.ok ? reply.json() : Promise.reject(new Error(`the answer was ${reply.status}`))));
    if (turn !== asked) return;
    shown = { data, requests };
    draw(isAsked);
  } catch (error) {
    if (turn !== asked) return;
    byId('status-text').textContent = 'Not connected';
    document.querySelector('.dot').className = 'dot away';
    const trouble = byId('trouble');
    if (trouble.hidden) {
      trouble.textContent = `The figures cannot be read (${error.name === 'TimeoutError' ? 'no answer in time' : error.message}). What is shown is not new; trying again.`;
      trouble.hidden = false;
    }
  }
  if (!isPaused) timer = setTimeout(refresh, refreshMs);
}

function draw(isAsked) {
  const { data, requests } = shown;
  const range = controls.elements.range.value;
  byId('trouble').hidden = true;
  document.querySelector('.dot').className = isPaused ? 'dot' : 'dot live';
  byId('status-text').textContent = `${isPaused ? 'Paused' : 'Live'}, as of ${clock(data.now)}` + (data.held.whole ? '' : ' · past events are still being read');
  for (const [name, label] of [['tenant', 'tenants'], ['team', 'teams'], ['model', 'models']]) fill(controls.elements[name], data.present[label], name, label);
  byId('clear').hidden = filters.every(name => controls.elements[name].value === everyone);
  drawTotal(data, range);
  drawSpend(byId('teams'), data, teams);
  drawSpend(byId('models'), data, models);
  drawTokens(byId('tokens'), data);
  drawLatency(byId('latency'), data);
  drawErrors(byId('errors'), data);
  drawCo2(byId('co2'), data);
  drawQuality(byId('quality'), data);
  drawBudgets(byId('budgets'), data);
  // Whoever is in the list must not have it taken away: it stays as it is until they leave.
  const isHeld = !isAsked && (trail.open || byId('requests').contains(document.activeElement));
  byId('requests-held').hidden = !isHeld || isPaused;
  if (!isHeld) drawRequests(byId('requests'), requests, showTrail);
  byId('footnote').textContent = `Figures from ${clock(data.from, 60)} on, in steps of ${span(data.step_s)}; times are ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`;
  document.body.dataset.drawn = asked;
  if (isAsked) byId('said').textContent = `${data.total.calls === 0 ? 'No calls' : `${money(data.total.cost)} spent in ${count(data.total.calls)} calls`} ${spokenRange(range)}.`;
}

/** The names that there are; a chosen one stays even when nothing is left of it in the range. */
function fill(select, names, one, many) {
  if (document.activeElement === select) return;
  const all = [...new Set([...names, ...(select.value === everyone ? [] : [select.value])])];
  const known = [...select.options].slice(1).map(option => option.value);
  if (known.length === all.length && known.every((name, i) => name === all[i])) return;
  const chosen = select.value;
  select.replaceChildren(h('option', { value: everyone }, 'All ' + many), ...all.map(name => h('option', { value: name }, name === '' ? `(no ${one})` : name)));
  select.value = chosen;
}

function remember() {
  const query = wanted();
  if (trail.open && trail.dataset.event) query.set('request', trail.dataset.event);
  history.replaceState(null, '', '?' + query);
}

async function showTrail(id) {
  trail.dataset.event = id;
  await openDialog(trail, id);
  remember();
}

function restore() {
  const query = new URLSearchParams(location.search);
  const range = [...controls.elements.range].find(one => one.value === query.get('range'));
  if (range) range.checked = true;
  for (const name of filters) {
    if (!query.has(name)) continue;
    const select = controls.elements[name], value = query.get(name);
    select.append(h('option', { value }, value === '' ? `(no ${name})` : value));
    select.value = value;
  }
  if (query.has('request')) showTrail(query.get('request'));
}

controls.addEventListener('change', () => { remember(); refresh(true); });
controls.addEventListener('submit', event => event.preventDefault());
controls.addEventListener('reset', event => {
  event.preventDefault();
  for (const name of filters) controls.elements[name].value = everyone;
  controls.elements.tenant.focus();
  remember();
  refresh(true);
});
byId('requests-outcome').addEventListener('change', () => refresh(false));
byId('requests').addEventListener('focusout', () => { byId('requests-held').hidden = true; });
trail.addEventListener('close', remember);
pause.addEventListener('click', () => {
  isPaused = !isPaused;
  pause.setAttribute('aria-pressed', String(isPaused));
  if (isPaused) clearTimeout(timer);
  if (isPaused && shown) draw(false);
  else refresh(false);
});
let drawnWidth = 0;
new ResizeObserver(([{ contentRect }]) => {
  if (Math.round(contentRect.width) === drawnWidth) return;
  drawnWidth = Math.round(contentRect.width);
  if (shown) requestAnimationFrame(() => draw(false));
}).observe(byId('main'));
document.addEventListener('visibilitychange', () => { if (!document.hidden && !isPaused) refresh(false); });

/** Without a range of the viewer's: the shortest that holds nearly all calls of the last day, so that a young log fills its charts. */
async function chooseRange() {
  const calls = await Promise.all(ranges.map(async range => {
    const reply = await fetch('/usage/figures?range=' + range, { signal: AbortSignal.timeout(patienceMs) });
    return reply.ok ? (await reply.json()).total.calls : 0;
  }));
  const range = calls.at(-1) === 0 ? ranges.at(-1) : ranges[calls.findIndex(some => some >= 0.95 * calls.at(-1))];
  [...controls.elements.range].find(one => one.value === range).checked = true;
}

restore();
(new URLSearchParams(location.search).has('range') ? Promise.resolve() : chooseRange().catch(() => {})).then(() => refresh(false));
