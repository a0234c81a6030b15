// What can be wrong with a page for those who see it badly, small, or not at all. Runs inside the page; gives one line for each finding.
exports.audit = () => {
  const found = [];
  const root = document.documentElement;
  const over = root.scrollWidth - root.clientWidth;
  if (over > 0) found.push(`layout: ${over} px wider than the window`);

  const channel = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = color => { const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number); return { r, g, b, a }; };
  const luminance = ({ r, g, b }) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const contrast = (one, other) => { const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a); return (light + 0.05) / (dark + 0.05); };
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.a === 1) return color;
    }
    return parse(getComputedStyle(root).colorScheme.startsWith('dark') ? 'rgb(0,0,0)' : 'rgb(255,255,255)');
  };
  const isShown = element => element.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true }) && !element.closest('.hidden-text, .quiet-legend, .skip, option, noscript');
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || seen.has(element) || !isShown(element)) continue;
    seen.add(element);
    const style = getComputedStyle(element);
    const color = parse(element instanceof SVGElement ? style.fill : style.color);
    const size = parseFloat(style.fontSize), least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const ratio = contrast(color, behind(element));
    if (ratio < least) found.push(`contrast: ${ratio.toFixed(2)} for "${walker.currentNode.textContent.trim().slice(0, 30)}"`);
    if (size < 11) found.push(`size: ${size} px for "${walker.currentNode.textContent.trim().slice(0, 30)}"`);
  }
  for (const mark of document.querySelectorAll('.bar-piece, .line, .key, .share-bar > span, .axis')) {
    if (!isShown(mark)) continue;
    const style = getComputedStyle(mark);
    const color = parse(!(mark instanceof SVGElement) ? style.backgroundColor : mark instanceof SVGRectElement ? style.fill : style.stroke);
    if (color.a === 1 && contrast(color, behind(mark.parentElement)) < 3) found.push(`contrast: a mark of class ${mark.getAttribute('class')} is hard to see`);
  }

  const nameOf = element => element.getAttribute('aria-label') || (element.getAttribute('aria-labelledby') ?? '').split(' ').map(id => document.getElementById(id)?.textContent ?? '').join(' ').trim()
    || [...(element.labels ?? [])].map(label => label.textContent).join(' ').trim() || (['BUTTON', 'A', 'SUMMARY'].includes(element.tagName) ? element.textContent.trim() : '');
  for (const element of document.querySelectorAll('button, a[href], input, select, summary, [tabindex="0"], [role="img"], section, dialog[open], form'))
    if (!nameOf(element)) found.push(`name: <${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}" id="${element.id}"> has none`);
  for (const table of document.querySelectorAll('table')) {
    if (!table.caption) found.push('table: without a caption');
    if (table.querySelector('thead th:not([scope])')) found.push('table: a head without scope');
  }
  for (const chart of document.querySelectorAll('.plot')) if (!chart.closest('section')?.querySelector('table')) found.push(`chart: no table has the figures of ${chart.id}`);
  const levels = [...document.querySelectorAll('h1, h2, h3')].filter(one => !one.closest('dialog')).map(one => Number(one.tagName[1]));
  if (levels.filter(level => level === 1).length !== 1 || levels.some((level, i) => i > 0 && level > levels[i - 1] + 1)) found.push(`headings: ${levels.join('')}`);
  for (const tag of ['header', 'main', 'footer']) if (document.querySelectorAll(tag).length !== 1) found.push(`landmark: not one <${tag}>`);
  const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  for (const id of ids.filter((one, i) => ids.indexOf(one) !== i)) found.push(`id: ${id} twice`);
  if (matchMedia('(prefers-reduced-motion: reduce)').matches && document.getAnimations().length > 0) found.push('motion: something moves');
  return [...new Set(found)];
};
