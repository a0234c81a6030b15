// How well it went: latency, outcomes, impacts, budgets, and how far the figures can be trusted.
import { h, figure, replace, table, tableBehind } from './dom.js';
import { clock, count, duration, energy, mass, money, percent, rounded, span, words } from './format.js';
import { bands, burn, legend, lines, rem, stackedBars } from './charts.js';

const quantiles = [['p50', 's1', 'median'], ['p95', 's2', 'p95'], ['p99', 's3', 'p99']];

export function drawLatency(target, data) {
  const one = (member, id, title, none) => {
    const total = data.total[member];
    if (!total) return [h('h3', {}, title), h('p', { class: 'empty' }, none)];
    const figures = quantiles.map(([name, , text]) => `${text} ${duration(total[name])}`).join(' · ');
    return [
      h('h3', {}, title, ' ', h('span', { class: 'sub' }, figures)),
      lines({
        id, title, summary: figures, width: target.clientWidth, height: 8.5, tick: duration, label: i => clock(data.periods[i].start, data.step_s),
        say: i => `${clock(data.periods[i].start, data.step_s)}: ` + (data.periods[i][member] ? quantiles.map(([name, , text]) => `${text} ${duration(data.periods[i][member][name])}`).join(' · ') : 'no calls'),
      }, data.periods.length, quantiles.map(([name, kind]) => ({ kind, values: data.periods.map(period => period[member]?.[name]) }))),
    ];
  };
  replace(target,
    legend(quantiles.map(([, kind, text]) => [kind, text, true])),
    ...one('duration_us', 'duration-chart', 'Whole call', 'No calls in this time range.'),
    ...one('first_token_us', 'first-token-chart', 'Time to first token', 'No streamed reply in this time range.'),
    tableBehind('latency', `Latency in each ${span(data.step_s)}`,
      [['From'], ...quantiles.map(([, , text]) => ['Call, ' + text, 'n']), ...quantiles.map(([, , text]) => ['First token, ' + text, 'n'])],
      data.periods.map(period => [clock(period.start, data.step_s), ...['duration_us', 'first_token_us'].flatMap(member => quantiles.map(([name]) => duration(period[member]?.[name])))])),
    h('p', { class: 'note' }, `Percentiles are within ${(data.quantile_error * 100).toFixed(1)} % of the exact ones.`));
}

const outcomeKinds = { ok: 'fgood', client_cancelled: 'f7', upstream_error: 'fbad', timeout: 'f5', rate_limited: 'f2', rejected: 'f6', interrupted: 'f4', unknown: 'f7' };

export function drawErrors(target, data) {
  const failed = data.total.outcomes.filter(one => one.name !== 'ok');
  if (data.total.calls === 0) {
    replace(target, h('p', { class: 'empty' }, 'No calls in this time range.'));
    return;
  }
  const at = (period, name) => period.outcomes.find(one => one.name === name)?.calls ?? 0;
  const outcomes = table('Calls by outcome', [['Outcome'], ['Calls', 'n'], ['Share', 'n']], data.total.outcomes.map(one =>
    [[h('span', { class: 'key ' + outcomeKinds[one.name], 'aria-hidden': 'true' }), words(one.name)], figure(one.calls, count(one.calls), { 'data-outcome': one.name }), percent(one.calls, data.total.calls)]));
  replace(target,
    failed.length === 0 ? h('p', { class: 'empty' }, 'Every call went well.') : stackedBars({
      id: 'errors-chart', title: 'Calls that did not go well, over time', summary: failed.map(one => `${words(one.name)} ${count(one.calls)}`).join(', '), width: target.clientWidth, height: 9,
      tick: value => Number.isInteger(value) ? count(value) : '', label: i => clock(data.periods[i].start, data.step_s),
      say: i => `${clock(data.periods[i].start, data.step_s)}: ${failed.map(one => `${words(one.name)} ${at(data.periods[i], one.name)}`).join(' · ')} of ${count(data.periods[i].calls)} calls`,
    }, data.periods.length, failed.map(one => ({ kind: outcomeKinds[one.name], values: data.periods.map(period => at(period, one.name)) }))),
    outcomes,
    data.total.error_types.length > 0 && h('h3', {}, 'By error type'),
    data.total.error_types.length > 0 && table('Calls by error type', [['Error type'], ['Calls', 'n']], data.total.error_types.map(one => [h('span', { class: 'mono' }, one.name), figure(one.calls, count(one.calls))])),
    tableBehind('errors', `Calls by outcome in each ${span(data.step_s)}`, [['From'], ['Calls', 'n'], ...failed.map(one => [words(one.name), 'n'])],
      data.periods.map(period => [clock(period.start, data.step_s), count(period.calls), ...failed.map(one => count(at(period, one.name)))])));
}

export function drawCo2(target, data) {
  const { total } = data;
  if (total.impact_calls === 0) {
    replace(target, h('p', { class: 'empty' }, total.calls > 0 ? 'For none of these calls is there an estimate.' : 'No calls in this time range.'));
    return;
  }
  const gwp = mass(total.gwp_kg), kwh = energy(total.energy_kwh);
  const shown = period => period.impact_calls > 0 ? (one => `${one.text} ${one.unit}`)(mass(period.gwp_kg)) : 'not estimated';
  replace(target,
    h('p', {}, h('strong', {}, `${gwp.text} ${gwp.unit}`), h('span', { class: 'sub' }, ` CO₂e · ${kwh.text} ${kwh.unit}`)),
    bands({
      id: 'co2-chart', title: 'CO₂e over time, from the least to the most it may be', summary: `${gwp.text} ${gwp.unit} in all`, width: target.clientWidth, height: 9,
      tick: value => (one => `${one.text.split(' – ')[1]} ${one.unit}`)(mass({ min: '0', max: String(value) })), label: i => clock(data.periods[i].start, data.step_s),
      say: i => `${clock(data.periods[i].start, data.step_s)}: ${shown(data.periods[i])}`,
    }, data.periods.map(period => period.impact_calls > 0 ? [Number(period.gwp_kg.min), Number(period.gwp_kg.max)] : undefined)),
    h('p', { class: 'note' }, `Estimated for ${count(total.impact_calls)} of ${count(total.calls)} calls (${percent(total.impact_calls, total.calls)}); the others are in neither end.`),
    tableBehind('co2', `CO₂e in each ${span(data.step_s)}`, [['From'], ['CO₂e', 'n'], ['Calls estimated', 'n']], data.periods.map(period => [clock(period.start, data.step_s), shown(period), count(period.impact_calls)])));
}

const qualityWords = {
  cost_status: ['Cost', { priced: 'fgood', free: 'fgood', unpriced_model: 'fbad', unpriced_dimension: 'fbad', usage_missing: 'fwarn', ambiguous: 'fwarn', unknown: 'fbad' }],
  usage_source: ['Where token counts come from', { provider: 'fgood', partial: 'fwarn', estimated: 'fwarn', none: 'f7', unknown: 'fbad' }],
  usage_quality: ['Do the counts add up', { consistent: 'fgood', inconsistent: 'fbad', unknown: 'f7' }],
  impact_status: ['CO₂e estimates', { estimated: 'fgood', unknown_model: 'fwarn', unknown_zone: 'fwarn', not_text: 'f7', invalid_input: 'fbad', unknown: 'f7' }],
};

export function drawQuality(target, data) {
  if (data.total.calls === 0) {
    replace(target, h('p', { class: 'empty' }, 'No calls in this time range.'));
    return;
  }
  replace(target, h('div', { class: 'quality-list' }, Object.entries(qualityWords).map(([member, [title, kinds]]) => h('div', { id: 'quality-' + member },
    h('h3', {}, title), h('ul', { class: 'shares', role: 'list' }, [...data.total[member]].sort((one, other) => other.calls - one.calls).map(one => h('li', { class: 'share-row' },
      h('span', {}, words(one.name)), figure(one.calls, count(one.calls), { 'data-name': one.name }), h('span', { class: 'n' }, percent(one.calls, data.total.calls)),
      h('span', { class: 'share-bar', 'aria-hidden': 'true' }, h('span', { class: kinds[one.name], 'width%': 100 * one.calls / data.total.calls })))))))),
  data.held.late > 0 && h('p', { class: 'note warn' }, `${count(data.held.late)} events or corrections came too late for these figures; the log has them.`));
}

/** Budgets with a drawing of their own, where they stand side by side and where one is below the other. */
const drawnBudgets = { several: 8, one: 3 };

const units = { usd: text => money(text, 2), tokens: text => rounded(text, 0) + ' tokens', requests: text => rounded(text, 0) + ' requests', kgco2e: text => rounded(text, 3) + ' kg CO₂e' };

export function drawBudgets(target, data) {
  const { rows, instances, defined } = data.budgets;
  if (rows.length === 0) {
    replace(target, h('p', { class: 'empty' }, defined > 0 ? 'Nothing was spent in any budget’s current period.' : 'No budgets are defined. Start with --budgets FILE to watch some.'));
    return;
  }
  const inner = target.clientWidth, gap = 2 * rem();
  const columns = Math.max(1, Math.floor((inner + gap) / (19 * rem() + gap)));
  const width = (inner - (columns - 1) * gap) / columns;
  const most = columns > 1 ? drawnBudgets.several : drawnBudgets.one;
  const [drawn, listed] = [rows.slice(0, most), rows.slice(most)];
  replace(target, h('div', { class: 'budget-list' }, drawn.map(row => budget(row, data, width))),
    h('p', { class: 'note' }, 'Line: spent. Red: limit. Dashed: thresholds. Dotted: even pace.'),
    listed.length > 0 && tableBehind('budgets', 'Budgets with less spent', [['Budget'], ['Spent', 'n'], ['Limit', 'n'], ['Percent', 'n']],
      listed.map(row => [`${row.id} ${valuesOf(row)}`, units[row.unit](row.spent), units[row.unit](row.limit), `${rounded(row.percent, 0)} %`]), `${count(listed.length)} more, with less spent`),
    instances > rows.length && h('p', { class: 'note' }, `${count(instances - rows.length)} more still are in /usage.`));
}

const valuesOf = row => Object.values(row.per).map(value => value || '(none)').join(', ');

function budget(row, data, width) {
  const show = units[row.unit];
  const of = valuesOf(row);
  const percents = Number(row.percent);
  const kind = percents >= 100 ? 'bad' : row.thresholds_fired.length > 0 ? 'warn' : '';
  const [start, end, now] = [row.period_start, row.period_end, data.now].map(Date.parse);
  const points = row.burn.map(point => ({ time: Date.parse(point.time), value: Number(point.spent), text: point.spent }));
  const said = [{ time: start, text: '0' }, ...points, { time: now, text: points.at(-1)?.text ?? row.spent }];
  const length = (end - start) / 1000;
  return h('article', { 'data-instance': row.instance_id },
    h('div', { class: 'budget-head' }, h('h3', {}, row.id, of && h('span', { class: 'sub' }, ' ' + of)), h('span', { class: 'percent ' + kind }, figure(row.percent, `${rounded(row.percent, 0)} %`))),
    h('p', { class: 'note' }, figure(row.spent, show(row.spent), { class: 'spent' }), ` of ${show(row.limit)} this ${row.period_kind}`,
      row.thresholds_fired.length > 0 && h('span', { class: kind }, ` · passed ${row.thresholds_fired.map(one => one + ' %').join(', ')}`),
      row.unpriced_requests > 0 && h('span', { class: 'warn' }, ` · ${count(row.unpriced_requests)} ${row.unpriced_requests === 1 ? 'call' : 'calls'} of unknown cost`),
      row.partial_history && h('span', { class: 'warn' }, ' · earlier calls are missing')),
    burn({
      id: 'burn-' + row.instance_id, title: `Budget ${row.id} ${of}`, summary: `${row.percent} percent of ${show(row.limit)} spent`, width, height: 8,
      tick: value => row.unit === 'usd' ? '$' + Number(value.toPrecision(2)) : String(Number(value.toPrecision(2))), label: time => clock(time, length > 2 * 86400 ? 86400 : 3600 - 1),
      say: i => `By ${clock(said[i].time, length > 2 * 86400 ? 3600 : 60)}: ${show(said[i].text)}`,
    }, { points, start, end, now, limit: Number(row.limit), thresholds: row.thresholds }),
    tableBehind('burn-' + row.instance_id + '-table', `Spent of budget ${row.id} ${of} by time`, [['By'], ['Spent', 'n']], said.map(point => [clock(point.time, length > 2 * 86400 ? 3600 : 60), show(point.text)])));
}
