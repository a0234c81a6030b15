// Opens the page in a headless browser, reads what a person would see, and looks for what must not be there.
//   node open-page.js CHROMIUM URL [FAULT…]
// One line of JSON for each fault, "none" first: { fault, figures, problems, trail }. A fault is a mistake put into the page on its way to the
// browser, to see that it is found.
const { chromium } = require('playwright-core');
const { faults } = require('./faults.js');
const { audit } = require('./audit.js');

const [, , executable, url, ...wanted] = process.argv;
const origin = new URL(url).origin;
const patienceMs = 60000, maxTabs = 60;
const views = [390, 1440, 2560].flatMap(width => ['light', 'dark'].map(colorScheme => ({ width, colorScheme })));

async function open(browser, view, fault, problems) {
  const page = await browser.newPage({ viewport: { width: view.width, height: 900 }, colorScheme: view.colorScheme });
  page.setDefaultTimeout(patienceMs);
  const where = `${view.width} ${view.colorScheme}`;
  page.on('console', message => { if (['error', 'warning'].includes(message.type())) problems.push(`${where}: console: ${message.text()}`); });
  page.on('pageerror', error => problems.push(`${where}: script: ${error.message}`));
  page.on('request', request => { if (new URL(request.url()).origin !== origin) problems.push(`${where}: request to elsewhere: ${request.url()}`); });
  if (fault) await page.route(address => fault.file.test(address.pathname), async route => {
    const reply = await route.fetch();
    const body = await reply.text(), changed = fault.change(body);
    if (changed === body) throw new Error('the fault changes nothing');
    await route.fulfill({ response: reply, body: changed });
  });
  await page.goto(url);
  await page.waitForFunction(() => document.body.dataset.drawn !== undefined, undefined, { timeout: fault?.neverDraws ? 3000 : patienceMs });
  for (const problem of await page.evaluate(audit)) problems.push(`${where}: ${problem}`);
  return page;
}

const read = page => page.evaluate(() => {
  const both = element => element && { value: element.value, text: element.innerText };
  const rows = table => [...document.querySelectorAll(`#${table}-table tbody tr`)].map(row => ({ name: row.cells[0].innerText.trim(), cost: both(row.querySelector('data.cost')), calls: both(row.cells[row.cells.length - 3].querySelector('data')) }));
  const counts = selector => Object.fromEntries([...document.querySelectorAll(selector)].map(one => [one.dataset.part ?? one.dataset.outcome ?? one.dataset.name, Number(one.value)]));
  const tile = name => [...document.querySelectorAll('#tiles dt')].find(one => one.innerText === name)?.nextElementSibling.firstChild.textContent;
  return {
    cost: both(document.getElementById('total-cost')), unpriced: both(document.getElementById('total-unpriced')), calls: both(document.getElementById('total-calls')),
    failed: both(document.getElementById('total-failed')), tokens: both(document.getElementById('total-tokens')), gwp: both(document.getElementById('total-gwp')),
    gwpShown: [...document.querySelectorAll('#tiles dt')].find(one => one.innerText === 'CO₂e')?.nextElementSibling.innerText.split('\n')[0], p95: tile('Latency, p95'),
    teams: rows('teams'), models: rows('models'), parts: counts('#tokens-table data[data-part]'), outcomes: counts('#errors data[data-outcome]'),
    costStatus: counts('#quality-cost_status data'), usageSource: counts('#quality-usage_source data'),
    budgets: [...document.querySelectorAll('#budgets article')].map(one => ({ instance: one.dataset.instance, spent: both(one.querySelector('data.spent')) })),
    requests: [...document.querySelectorAll('#requests tbody tr')].map(row => row.dataset.event),
  };
});

/** The way to one request's trail and back, by keyboard alone. */
async function walk(page, problems) {
  await page.evaluate(() => document.activeElement?.blur());
  let tabs = 0;
  const isThere = () => page.evaluate(() => document.activeElement?.matches('button.open') === true);
  let hidden = 0;
  while (tabs++ < maxTabs && !await isThere()) {
    await page.keyboard.press('Tab');
    const isSeen = await page.evaluate(() => {
      const focused = document.activeElement;
      const shown = focused?.matches('.ranges input') ? focused.nextElementSibling : focused;
      return !shown || shown === document.body || (getComputedStyle(shown).outlineStyle !== 'none' && parseFloat(getComputedStyle(shown).outlineWidth) >= 2);
    });
    if (!isSeen) hidden++;
  }
  if (hidden > 0) problems.push(`keyboard: the focus cannot be seen at ${hidden} places`);
  if (!await isThere()) {
    problems.push(`keyboard: no request's button within ${maxTabs} steps`);
    return null;
  }
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.getElementById('trail').open);
  const trail = await page.evaluate(() => ({
    text: document.getElementById('trail').innerText, net: document.getElementById('trail-net')?.value, event: document.getElementById('trail').dataset.event,
    parts: Object.fromEntries([...document.querySelectorAll('#trail-tokens data')].map(one => [one.dataset.part, Number(one.value)])),
    items: [...document.querySelectorAll('#trail-items tbody tr')].map(row => row.cells[4].querySelector('data').value),
  }));
  for (const problem of await page.evaluate(audit)) problems.push(`trail: ${problem}`);
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    if (!await page.evaluate(() => document.activeElement === document.body || document.getElementById('trail').contains(document.activeElement))) problems.push('keyboard: the focus leaves the open trail');
  }
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.getElementById('trail').open);
  if (!await isThere()) problems.push('keyboard: the focus is not back where it was');
  await page.focus('#teams-chart');
  await page.keyboard.press('End');
  if (!/\d\d:\d\d: /.test(await page.innerText('#teams-chart-readout'))) problems.push('keyboard: the chart says nothing');
  return trail;
}

async function inspect(browser, name) {
  const fault = faults[name], problems = [];
  let figures = null, trail = null;
  try {
    for (const view of fault ? views.filter(one => one.width === (fault.width ?? 1440) && one.colorScheme === (fault.scheme ?? 'light')) : views) {
      const page = await open(browser, view, fault, problems);
      if (view.width === (fault?.width ?? 1440) && view.colorScheme === (fault?.scheme ?? 'light')) {
        figures = await read(page);
        trail = await walk(page, problems);
      }
      await page.close();
    }
  } catch (error) {
    problems.push(`broken: ${error.message.split('\n')[0]}`);
  }
  console.log(JSON.stringify({ fault: name, figures, problems, trail }));
}

(async () => {
  const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  for (const name of wanted) await inspect(browser, name);
  await browser.close();
})();
