// What was spent, and by whom.
import { h, byId, figure, named, replace, tableBehind } from './dom.js';
import { clock, compact, count, duration, energy, isZero, mass, money, moneyDigits, percent, span, sum, words } from './format.js';
import { stackedBars } from './charts.js';

const spokenRanges = { '15m': 'in the last 15 minutes', '1h': 'in the last hour', '6h': 'in the last 6 hours', '24h': 'in the last 24 hours', '7d': 'in the last 7 days', '30d': 'in the last 30 days', all: 'since the first event' };

export const spokenRange = range => spokenRanges[range];

export function drawTotal(data, range) {
  const { total } = data;
  byId('spend-range').textContent = spokenRange(range);
  const cost = byId('total-cost');
  cost.value = total.cost;
  cost.textContent = total.calls === 0 ? '–' : money(total.cost);
  const notes = [];
  if (total.calls === 0) notes.push(h('span', {}, 'No calls in this time range.'));
  if (total.unpriced > 0) {
    notes.push(h('span', { class: 'warn' }, '⚠ At least. ', figure(total.unpriced, count(total.unpriced), { id: 'total-unpriced' }),
      ` ${total.unpriced === 1 ? 'call has' : 'calls have'} no known cost (${percent(total.unpriced, total.calls)}): what is unknown of it is not in this total.`));
  } else if (total.calls > 0) {
    notes.push(h('span', {}, 'The cost of every call is known.'));
  }
  if (!isZero(total.cost_estimated)) notes.push(h('span', {}, 'Beside it ', figure(total.cost_estimated, money(total.cost_estimated)), ' from estimated usage.'));
  for (const { currency, cost: amount } of total.other_money)
    notes.push(h('span', {}, 'Beside it ', figure(amount, money(amount).replace('$', '')), ` ${currency}, not converted.`));
  byId('total-note').replaceChildren(...notes.flatMap((note, i) => i > 0 ? [' ', note] : [note]));
  drawTiles(total);
}

function drawTiles(total) {
  const gwp = total.impact_calls > 0 ? mass(total.gwp_kg) : null;
  const kwh = total.impact_calls > 0 ? energy(total.energy_kwh) : null;
  const tile = (name, value, small) => h('div', {}, h('dt', {}, name), h('dd', {}, value, h('small', {}, small)));
  const input = sumOfParts(total.token_parts, true), output = sumOfParts(total.token_parts, false);
  byId('tiles').replaceChildren(
    tile('Calls', figure(total.calls, count(total.calls), { id: 'total-calls' }), `${percent(total.calls - total.failed, total.calls)} went well`),
    tile('Failed', figure(total.failed, count(total.failed), { id: 'total-failed' }), percent(total.failed, total.calls)),
    tile('Tokens', figure(total.tokens, compact(total.tokens), { id: 'total-tokens', title: count(total.tokens) }), `${compact(input)} in · ${compact(output)} out`),
    tile('Latency, p95', duration(total.duration_us?.p95), `median ${duration(total.duration_us?.p50)}`),
    tile('First token, p95', duration(total.first_token_us?.p95), total.first_token_us ? `median ${duration(total.first_token_us.p50)}` : 'no streamed reply'),
    tile('CO₂e', gwp ? [figure(`${total.gwp_kg.min}/${total.gwp_kg.max}`, gwp.text, { id: 'total-gwp' }), ' ', h('span', { class: 'of' }, gwp.unit)] : 'not estimated',
      kwh ? `${kwh.text} ${kwh.unit}` : 'no model with a method'));
}

const outputs = ['output_text', 'reasoning', 'output_audio', 'output_image'];

export const isOutput = part => outputs.includes(part);

export const sumOfParts = (parts, isInput) => Object.entries(parts)
  .filter(([name]) => isOutput(name) !== isInput).reduce((total, [, [measured, estimated]]) => total + measured + estimated, 0);

/** Cost over time by team or by model, and the table that says who. @param who { id, one, many, none } */
export function drawSpend(target, data, who) {
  const { rows, not_charted: others, not_listed: unlisted } = data[who.id];
  if (rows.length === 0) {
    replace(target, h('p', { class: 'empty' }, `No calls in this time range: nothing to show by ${who.one}.`));
    return;
  }
  const showTenant = new Set(rows.map(row => row.tenant)).size > 1;
  const label = row => row.name === undefined ? who.none : (showTenant ? `${row.tenant ?? 'no tenant'} / ` : '') + row.name;
  const charted = rows.filter(row => row.cost_by_period).map((row, i) => ({ row, kind: 'f' + (i + 1), text: label(row) }));
  if (others) charted.push({ row: others, kind: 'f7', text: `${others.count} more` });
  const n = data.periods.length;
  const costs = charted.map(({ row, kind }) => ({ kind, values: row.cost_by_period.map(Number) }));
  const digits = moneyDigits(...rows.map(row => row.cost));
  const hasEstimated = rows.some(row => !isZero(row.cost_estimated));
  const all = Number(sum([data.total.cost, data.total.cost_estimated]));

  const heads = [[who.one[0].toUpperCase() + who.one.slice(1)], ['Cost, USD', 'n'], ...(hasEstimated ? [['Estimated', 'n']] : []), ['Share', 'n secondary'], ['Calls', 'n'], ['Tokens', 'n secondary'], ['Unknown', 'n']];
  const cells = (row, head) => [head, figure(row.cost, money(row.cost, digits), { class: 'cost' }),
    ...(hasEstimated ? [figure(row.cost_estimated, money(row.cost_estimated, digits))] : []),
    percent(Number(row.cost) + Number(row.cost_estimated), all), figure(row.calls, count(row.calls)), figure(row.tokens, compact(row.tokens), { title: count(row.tokens) }),
    row.unpriced > 0 ? h('span', { class: 'warn' }, figure(row.unpriced, count(row.unpriced))) : '0'];
  const body = rows.map((row, i) => cells(row, [h('span', { class: 'key f' + Math.min(i + 1, 7), 'aria-hidden': 'true' }),
    showTenant && row.name !== undefined ? [h('span', { class: 'sub' }, (row.tenant ?? 'no tenant') + ' / ')] : null, named(row.name, who.none)].flat()));
  if (unlisted) body.push(cells(unlisted, `${unlisted.count} more ${who.many}`));

  const say = i => {
    const parts = charted.map(({ row, text }) => [text, row.cost_by_period[i]]).filter(([, cost]) => !isZero(cost));
    return `${clock(data.periods[i].start, data.step_s)}: ` + (parts.length ? parts.map(([text, cost]) => `${text} ${money(cost)}`).join(' · ') : 'nothing spent');
  };
  replace(target,
    stackedBars({
      id: who.id + '-chart', title: `Cost by ${who.one} over time`, summary: `${rows.length} ${who.many}, most by ${label(rows[0])}: ${money(rows[0].cost)}`,
      width: target.clientWidth, height: 11.5, tick: value => '$' + shortMoney(value), label: i => clock(data.periods[i].start, data.step_s), say,
    }, n, costs),
    spendTable(who, heads, body),
    tableBehind(who.id, `Cost by ${who.one} in each ${span(data.step_s)}, USD`, [['From'], ...charted.map(({ text }) => [text, 'n'])],
      data.periods.map((period, i) => [clock(period.start, data.step_s), ...charted.map(({ row }) => figure(row.cost_by_period[i], money(row.cost_by_period[i])))])));
}

const shortMoney = value => value >= 1000 ? compact(value) : String(Number(value.toPrecision(2)));

function spendTable(who, heads, body) {
  return h('table', { class: 'who', id: who.id + '-table' }, h('caption', { class: 'hidden-text' }, `Cost by ${who.one}`),
    h('thead', {}, h('tr', {}, heads.map(([text, kind]) => h('th', { scope: 'col', class: kind }, text)))),
    h('tbody', {}, body.map(row => h('tr', {}, row.map((cell, i) => i === 0 ? h('th', { scope: 'row' }, cell) : h('td', { class: heads[i][1] }, cell))))));
}

const kinds = { input_uncached: 'f1', cache_read: 'f3', cache_write: 'f6', cache_write_5m: 'f6', cache_write_1h: 'f5', output_text: 'f2', reasoning: 'f4' };

const kindNames = {
  input_uncached: 'Input, not cached', cache_read: 'Input read from cache', cache_write: 'Input written to cache', cache_write_5m: 'Input written to cache, 5 min',
  cache_write_1h: 'Input written to cache, 1 h', tool_use_prompt: 'Input, tool use', output_text: 'Output text', reasoning: 'Output, reasoning',
};

export function drawTokens(target, data) {
  const parts = Object.entries(data.total.token_parts).map(([name, [measured, estimated]]) => ({ name, measured, estimated, text: kindNames[name] ?? words(name), kind: kinds[name] ?? 'f7' }));
  if (parts.length === 0) {
    replace(target, h('p', { class: 'empty' }, data.total.calls > 0 ? 'No call reported its tokens.' : 'No calls in this time range.'));
    return;
  }
  const all = parts.reduce((total, one) => total + one.measured + one.estimated, 0);
  const hasEstimated = parts.some(one => one.estimated > 0);
  const at = (period, name) => { const [measured, estimated] = period.token_parts[name] ?? [0, 0]; return measured + estimated; };
  const largest = parts.reduce((one, other) => other.measured > one.measured ? other : one);
  const cells = one => [[h('span', { class: 'key ' + one.kind, 'aria-hidden': 'true' }), one.text], figure(one.measured, count(one.measured), { 'data-part': one.name }),
    ...(hasEstimated ? [figure(one.estimated, count(one.estimated))] : []), percent(one.measured + one.estimated, all)];
  replace(target,
    stackedBars({
      id: 'tokens-chart', title: 'Tokens by kind over time', summary: `${count(all)} tokens, most of them ${largest.text.toLowerCase()}`, width: target.clientWidth, height: 10.5,
      tick: compact, label: i => clock(data.periods[i].start, data.step_s),
      say: i => `${clock(data.periods[i].start, data.step_s)}: ` + (parts.map(one => [one.text, at(data.periods[i], one.name)]).filter(([, tokens]) => tokens > 0).map(([text, tokens]) => `${text} ${count(tokens)}`).join(' · ') || 'no tokens'),
    }, data.periods.length, parts.map(one => ({ kind: one.kind, values: data.periods.map(period => at(period, one.name)) }))),
    spendTable({ id: 'tokens', one: 'kind' }, [['Kind'], [hasEstimated ? 'Measured' : 'Tokens', 'n'], ...(hasEstimated ? [['Estimated', 'n']] : []), ['Share', 'n']], parts.map(cells)),
    tableBehind('tokens', `Tokens by kind in each ${span(data.step_s)}`, [['From'], ...parts.map(one => [one.text, 'n'])],
      data.periods.map(period => [clock(period.start, data.step_s), ...parts.map(one => count(at(period, one.name)))])));
}

