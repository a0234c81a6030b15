// The last requests, and one request's whole trail.
import { h, byId, figure, named } from './dom.js';
import { clock, compact, count, duration, energy, longClock, mass, money, words } from './format.js';
import { isOutput } from './spend.js';

const heads = [['Request'], ['Time', 'secondary'], ['Team', 'secondary'], ['Model'], ['Outcome'], ['Tokens', 'n secondary'], ['Duration', 'n secondary'], ['Cost, USD', 'n']];

let rows = new Map();
let body;

/** Rows stay the same elements while their event does, so that a focused one is not taken away. */
export function drawRequests(target, requests, openTrail) {
  if (requests.length === 0) {
    rows = new Map();
    body = undefined;
    target.replaceChildren(h('p', { class: 'empty' }, 'None of the newest requests fits.'));
    return;
  }
  if (!body) {
    body = h('tbody');
    target.replaceChildren(h('table', { id: 'requests-table' }, h('caption', { class: 'hidden-text' }, 'Last requests, newest first. The button in the first column opens the whole trail.'),
      h('thead', {}, h('tr', {}, heads.map(([text, kind]) => h('th', { scope: 'col', class: kind }, text)))), body));
  }
  const next = new Map();
  for (const one of requests) {
    const key = `${one.event_id}/${one.revision}`;
    next.set(key, rows.get(key) ?? rowOf(one, openTrail));
  }
  for (const [key, row] of rows) if (!next.has(key)) row.remove();
  let after = null;
  for (const row of [...next.values()].reverse()) {
    if (row.nextSibling !== after || row.parentNode !== body) body.insertBefore(row, after);
    after = row;
  }
  rows = next;
}

function rowOf(one, openTrail) {
  const tokens = one.usage ? (one.usage.input_total ?? 0) + (one.usage.output_total ?? 0) : null;
  const known = one.cost.net_total !== undefined;
  return h('tr', { 'data-event': one.event_id },
    h('th', { scope: 'row' }, h('button', { type: 'button', class: 'open', 'aria-haspopup': 'dialog', 'aria-label': `Trail of request ${one.request_id}`, onclick: () => openTrail(one.event_id) }, shortened(one.request_id))),
    h('td', { class: 'secondary' }, h('time', { datetime: one.event_time, title: one.event_time }, clock(one.event_time))),
    h('td', { class: 'secondary' }, named(one.attribution.team, 'no team')),
    h('td', {}, h('div', { class: 'only-small sub' }, named(one.attribution.team, 'no team')), named(one.response_model ?? one.request_model, 'no model')),
    h('td', {}, h('span', { class: 'tag' + (one.outcome === 'ok' ? '' : ' bad') }, words(one.outcome), one.status_code !== undefined && one.outcome !== 'ok' ? ` ${one.status_code}` : '')),
    h('td', { class: 'n secondary' }, tokens === null ? h('span', { class: 'none' }, 'not told') : figure(tokens, count(tokens))),
    h('td', { class: 'n secondary' }, duration(one.duration_us)),
    h('td', { class: 'n' }, known ? figure(one.cost.net_total, one.cost.status === 'free' ? 'free' : money(one.cost.net_total, 6)) : h('span', { class: 'tag warn' }, 'unknown')));
}

const shortened = id => id.length > 14 ? id.slice(0, 6) + '…' + id.slice(-6) : id;

/** @param pairs [name, value] of which those without a value are left out */
const list = pairs => h('dl', {}, pairs.filter(([, value]) => value !== undefined && value !== null).flatMap(([name, value]) =>
  [h('dt', {}, name), h('dd', {}, typeof value === 'boolean' ? (value ? 'yes' : 'no') : typeof value === 'number' ? String(value) : value)]));

const part = (title, content, isWide) => content && h('div', { class: isWide ? 'part wide' : 'part' }, h('h3', {}, title), content);

const code = text => text === undefined ? undefined : h('span', { class: 'mono' }, String(text));

export function drawTrail(dialog, event) {
  const { llm, gen_ai: ai = {} } = event;
  const close = h('button', { type: 'button', onclick: () => dialog.close() }, 'Close');
  dialog.replaceChildren(
    h('div', { class: 'trail-head' }, h('div', {}, h('h2', { id: 'trail-title', tabindex: '-1' }, `Request ${llm.request_id}`),
      h('p', { class: 'note' }, `${longClock(event['@timestamp'])} · ${words(llm.outcome)} · ${llm.cost.net_total_decimal === undefined ? 'unknown cost' : money(llm.cost.net_total_decimal, 6)}`)), close),
    h('div', { class: 'trail-body' },
      part('What happened', happened(event, llm, ai)),
      part('Who', who(llm.attribution ?? {})),
      part('Timing', list([['Started', llm.started_at], ['First token', llm.time_to_first_token_us === undefined ? undefined : duration(llm.time_to_first_token_us)], ['Whole call', duration(llm.duration_us)], ['Enriched', llm.enriched_at],
        ['Clock reported', llm.clock_reported], ['Request', `${count(llm.request_bytes)} bytes`], ['Response', `${count(llm.response_bytes)} bytes`]])),
      part('Where it is recorded', recorded(event, llm)),
      part('Tokens', tokens(llm), true),
      part('Cost', cost(llm), true),
      part('Impact', impact(llm.impact), true)));
}

const happened = (event, llm, ai) => list([
  ['Outcome', words(llm.outcome)], ['Status', llm.status_code], ['Error type', code(llm.error_type)], ['Provider', ai['provider']?.name], ['Upstream', llm.upstream], ['API', code(llm.api)],
  ['Operation', ai.operation?.name], ['Model asked for', code(ai.request?.model)], ['Model that replied', code(ai.response?.model)], ['Service tier', llm.service_tier], ['Region', llm.region],
  ['Streamed', llm.streaming], ['Attempt', llm.attempt], ['Finish reasons', ai.response?.finish_reasons?.join(', ')], ['Provider’s id', code(ai.response?.id)],
  ['Rate limit', llm.rate_limit && Object.entries(llm.rate_limit).map(([name, value]) => `${words(name)} ${value}`).join(', ')],
]);

const who = ({ tags, ...own }) => list([...['tenant', 'team', 'user', 'feature', 'session', 'environment'].map(name => [words(name), own[name] ?? h('span', { class: 'none' }, 'not told')]),
  ...Object.entries(own).filter(([name]) => !['tenant', 'team', 'user', 'feature', 'session', 'environment'].includes(name)).map(([name, value]) => [words(name), value]),
  ...Object.entries(tags ?? {}).map(([name, value]) => ['tag ' + name, value])]);

const recorded = (event, llm) => list([
  ['Event id', code(event.event.id)], ['Revision', llm.revision], ['Edge', code(llm.edge.id)], ['Epoch', code(llm.edge.epoch)], ['Sequence', llm.edge.sequence],
  ['Raw record', code(`${llm.raw.topic} partition ${llm.raw.partition} offset ${llm.raw.offset}`)], ['Trace', code(event.trace?.id)], ['Span', code(event.span?.id)], ['Shortened', llm.truncated || undefined],
]);

const figures = ['input_total', 'output_total', 'provider_total', 'cached_reported', 'overlaps'];

function tokens(llm) {
  const facts = list([['Source', words(llm.usage_source)], ['Quality', words(llm.usage_quality)], ['Counts asked for', words(llm.usage_injection)],
    ...Object.entries(llm.quantities ?? {}).map(([name, value]) => [words(name), String(value)]), ...Object.entries(llm.tool_calls ?? {}).map(([name, value]) => [words(name) + ' calls', value])]);
  if (!llm.usage) return [h('p', { class: 'note' }, 'The provider reported no token counts: unknown, not zero.'), facts];
  const parts = Object.entries(llm.usage).filter(([name]) => !figures.includes(name));
  return h('div', {}, h('table', { id: 'trail-tokens' }, h('caption', { class: 'hidden-text' }, 'Parts of the token vector'),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Part'), h('th', { scope: 'col' }, 'Side'), h('th', { scope: 'col', class: 'n' }, 'Tokens'))),
    h('tbody', {}, parts.map(([name, value]) => h('tr', {}, h('th', { scope: 'row' }, words(name)), h('td', {}, isOutput(name) ? 'output' : 'input'), h('td', { class: 'n' }, figure(value, count(value), { 'data-part': name })))))),
  list([['Provider says', ['input_total', 'output_total', 'provider_total', 'cached_reported'].filter(name => llm.usage[name] !== undefined).map(name => `${words(name)} ${count(llm.usage[name])}`).join(' · ') || 'nothing'],
    ...Object.entries(llm.usage.overlaps ?? {}).map(([name, value]) => ['overlap ' + words(name), count(value)])]), facts,
  llm.provider_usage && h('details', {}, h('summary', {}, 'The provider’s own usage object'), h('p', { class: 'mono' }, llm.provider_usage)));
}

function cost(llm) {
  const { cost: own } = llm;
  const items = own.line_items ?? [];
  return h('div', {}, list([['Status', words(own.status)], ['Net', own.net_total_decimal === undefined ? h('span', { class: 'warn' }, 'unknown') : figure(own.net_total_decimal, `${own.net_total_decimal} ${own.currency}`, { id: 'trail-net' })],
    ['List', own.list_total_decimal === undefined ? undefined : `${own.list_total_decimal} ${own.currency}`], ['Without a rate', own.unpriced?.join(', ')], ['Price key', code(own.price_key)],
    ['Catalogue', own.catalogue_id && code(`${own.catalogue_id} ${own.catalogue_version ?? ''}`)], ['Provider’s own figure', llm.provider_reported_cost_decimal]]),
  items.length > 0 && h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Line items' }, h('table', { id: 'trail-items' }, h('caption', { class: 'hidden-text' }, 'Line items of the cost'),
    h('thead', {}, h('tr', {}, [['Item'], ['Quantity', 'n'], ['Rate', 'n'], ['Amount', 'n'], ['Net', 'n']].map(([text, kind]) => h('th', { scope: 'col', class: kind }, text)))),
    h('tbody', {}, items.map(item => h('tr', {}, h('th', { scope: 'row' }, words(item.dimension)), h('td', { class: 'n' }, item.quantity), h('td', { class: 'n' }, `${item.rate} per ${compact(item.per)}`),
      h('td', { class: 'n' }, item.amount), h('td', { class: 'n' }, figure(item.net_amount, item.net_amount))))))));
}

const criteria = [['gwp', 'CO₂e', range => (one => `${one.text} ${one.unit}`)(mass(range))], ['energy', 'Energy', range => (one => `${one.text} ${one.unit}`)(energy(range))],
  ['adpe', 'Metals and minerals', range => `${range.min.toPrecision(3)} – ${range.max.toPrecision(3)} kg Sb eq`], ['pe', 'Primary energy', range => `${range.min.toPrecision(3)} – ${range.max.toPrecision(3)} MJ`],
  ['wcf', 'Water', range => `${range.min.toPrecision(3)} – ${range.max.toPrecision(3)} L`]];

function impact(own) {
  if (!own) return h('p', { class: 'note' }, 'Not estimated.');
  const shown = criteria.filter(([name]) => own[name]);
  return h('div', {}, list([['Status', words(own.status)], ['Method', own.method && `${own.method} ${own.version ?? ''}`], ['Zone', own.zone && `${own.zone} (${words(own.zone_source ?? 'unknown')})`]]),
    shown.length > 0 && h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Estimated impacts' }, h('table', {}, h('caption', { class: 'hidden-text' }, 'Estimated impacts, least to most'),
      h('thead', {}, h('tr', {}, ['Impact', 'In all', 'From use', 'From making the hardware'].map((text, i) => h('th', { scope: 'col', class: i ? 'n' : null }, text)))),
      h('tbody', {}, shown.map(([name, text, show]) => h('tr', {}, h('th', { scope: 'row' }, text), ...[own, own.usage, own.embodied].map(from => h('td', { class: 'n' }, from?.[name] ? show(from[name]) : '–'))))))));
}

export async function openDialog(dialog, id) {
  const reply = await fetch('/usage/requests/' + encodeURIComponent(id));
  if (!reply.ok) {
    dialog.replaceChildren(h('div', { class: 'trail-head' }, h('h2', { id: 'trail-title', tabindex: '-1' }, 'Request not held any more'), h('button', { type: 'button', onclick: () => dialog.close() }, 'Close')),
      h('div', { class: 'trail-body' }, h('p', {}, 'The page keeps the newest 1,000 requests whole; older ones are in the log and in Elasticsearch.')));
  } else {
    drawTrail(dialog, await reply.json());
  }
  if (!dialog.open) dialog.showModal();
  byId('trail-title').focus();
}
