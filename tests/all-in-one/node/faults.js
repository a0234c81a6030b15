// Mistakes that someone could make in the page, each to be found by the test that reads it.
const replace = (from, to) => text => text.replace(from, to);
const append = more => text => text + more;

exports.faults = {
  'money-as-float': { file: /format\.js$/, change: replace('const shown = rounded(text, digits);', 'const shown = rounded((Number(text) * 1.001).toFixed(9), digits);') },
  'unknown-money-hidden': { file: /spend\.js$/, change: replace('if (total.unpriced > 0)', 'if (false)') },
  'failed-counted-as-well': { file: /usage\/figures$/, change: text => { const json = JSON.parse(text); json.total.failed = 0; return JSON.stringify(json); } },
  'team-left-out': { file: /usage\/figures$/, change: text => { const json = JSON.parse(text); json.teams.rows.pop(); return JSON.stringify(json); } },
  'range-collapsed': { file: /format\.js$/, change: replace("ends.join(' – ')", 'ends[1]') },
  'latency-of-the-median': { file: /spend\.js$/, change: replace('duration(total.duration_us?.p95)', 'duration(total.duration_us?.p50)') },
  'tokens-lost': { file: /usage\/figures$/, change: text => { const json = JSON.parse(text); delete json.total.token_parts.cache_read; return JSON.stringify(json); } },
  'budget-of-the-limit': { file: /health\.js$/, change: replace('figure(row.spent, show(row.spent)', 'figure(row.limit, show(row.limit)') },
  'older-request-first': { file: /requests\.js$/, change: replace('[...next.values()].reverse()', '[...next.values()]') },
  'trail-without-items': { file: /requests\.js$/, change: replace('items.length > 0 &&', 'false &&') },
  'script-error': { file: /page\.js$/, change: append('\nsetTimeout(() => { throw new Error("seeded"); });') },
  'picture-from-elsewhere': { file: /^\/$/, change: replace('<main', '<img alt="" src="https://pictures.example/x.png"><main') },
  'too-wide': { file: /page\.css$/, width: 390, change: append('\nmain { width: 140vw; }') },
  'text-too-pale': { file: /tokens\.css$/, change: replace('--quiet: #525c6b', '--quiet: #a9b2bf') },
  'text-too-pale-in-the-dark': { file: /tokens\.css$/, scheme: 'dark', change: replace('--quiet: #a5b0c0', '--quiet: #4a5361') },
  'no-focus-ring': { file: /page\.css$/, change: append('\n:focus-visible, .ranges input:focus-visible + span { outline: none; }') },
  'button-out-of-reach': { file: /requests\.js$/, change: replace("type: 'button', class: 'open',", "type: 'button', tabindex: '-1', class: 'open',") },
  'chart-without-name': { file: /charts\.js$/, change: replace("role: 'img', 'aria-label'", "role: 'img', title") },
  'chart-deaf-to-keys': { file: /charts\.js$/, change: replace('if (!(event.key in keys) || n === 0) return;', 'return;') },
};
