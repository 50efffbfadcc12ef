// Looks at a page as it stands: accessibility rules, width, pictures. The same for every page.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.BW_SHOTS;
if (shots) fs.mkdirSync(shots, { recursive: true });

const allRules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const rulesOfColours = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }; // nothing else is another in the dark

/** No WCAG A or AA violation in light and in dark, of all or of what is `within` (selectors), and no sideways scrolling at 320 px; pictures of all three. */
export async function inspect(page, name, within) {
  await page.evaluate(axeSource);
  for (const [colorScheme, runOnly] of [['dark', rulesOfColours], ['light', allRules]]) {
    await page.emulateMedia({ colorScheme });
    const found = await page.evaluate(([parts, rules]) => window.axe.run(parts ? { include: parts.map((part) => [part]) } : document,
      { runOnly: rules, resultTypes: ['violations'] }), [within, runOnly]);
    assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.html).join(' ')}`), [], `${name}, ${colorScheme}`);
    if (shots) await page.screenshot({ path: path.join(shots, `${name}-${colorScheme}.png`), fullPage: true });
  }
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), `${name}: scrolls sideways at 320 px`);
  if (shots) await page.screenshot({ path: path.join(shots, `${name}-narrow.png`), fullPage: true });
  await page.setViewportSize(size);
}
