// The web app before the real server: people who open it, and how its pages look. Nothing here knows what is checked.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import { startLine } from '../support/line.mjs';
import { startBrowser, startServer } from './bellwether.mjs';
import { inspect } from './inspect.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const app = path.join(root, 'web/app');
const looks = path.join(root, 'tests/browser/looks');
const shots = process.env.BW_SHOTS, differences = process.env.BW_DIFFERENCES ?? shots; // where pictures are put: of all, of those that differ
const pixelsLimit = 60; // less than a short word

/** What lacks for the app to be built; undefined: nothing. */
export function lacks() {
  for (const part of ['web/client', 'web/app'])
    if (!fs.existsSync(path.join(root, part, 'node_modules/typescript'))) return `no packages (cd ${part} && npm ci)`;
  return undefined;
}

/** Builds the app, unless BW_APP names its built files or BW_WEB_BUILT says that it was built. */
export function builtApp() {
  if (process.env.BW_APP) return process.env.BW_APP;
  if (!process.env.BW_WEB_BUILT) execFileSync(process.execPath, [path.join(app, 'tools/build.mjs')], { stdio: 'inherit' });
  return path.join(app, 'dist');
}

/** A server with the demo and the app, with the process for reports if wanted, a browser, and a line between them that can be bad; `stop` ends all. */
export async function startApp(options = [], more = {}) {
  const server = await startServer(process.env.BW_BINARY, ['--app', builtApp(), ...options], more.prepare, more);
  const line = await startLine(server.port);
  let browser;
  try {
    browser = await startBrowser(process.env.BW_CHROMIUM ?? '/usr/bin/chromium');
  } catch (error) {
    line.stop();
    await server.stop();
    throw error;
  }
  return {
    server, browser, line, context: browser.context,
    origin: (slug = 'north-hill') => `http://${slug && `${slug}.`}localhost:${line.port}`,
    async stop() { try { await browser.stop(); } finally { line.stop(); await server.stop(); } },
  };
}

/** A way back shows for ten seconds, which a busy machine may need for what a test does in between: here it stays for minutes. */
const waysBackStay = () => {
  const { setTimeout } = window;
  window.setTimeout = (deed, ms, ...rest) => setTimeout(deed, ms === 10_000 ? 300_000 : ms, ...rest);
};

/** A tab, at a page of the app. What its console says is wrong, and what it asks of other hosts, fails the test that calls `page.clean()`. */
export async function openPage({ context, origin, videoHosts = [] }, at = '/app/today', slug = 'north-hill') {
  const page = await context.newPage();
  await page.addInitScript(waysBackStay);
  await page.setViewportSize({ width: 1440, height: 900 });
  const wrong = [];
  page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource|net::ERR|error occurred when fetching the script/.test(message.text())) wrong.push(message.text()); });
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('request', (request) => { if (![origin(slug), ...videoHosts].some((host) => request.url().startsWith(host)) && !/^(data|blob):/.test(request.url())) wrong.push(`asked another host: ${request.url()}`); });
  page.clean = () => assert.deepEqual(wrong, []);
  await page.goto(origin(slug) + at);
  return page;
}

export async function signIn(page, username, password = 'bell-at-nine') {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor({ state: 'attached' });
}

/** What is another at each run stands still: instants, countdowns, fields with an instant, and what says `data-varies` have something else in
 * their place; what is drawn in `data-moves`, and short words at the edge, are away; what sticks to a narrow screen's edge (`data-sticks`) lies where it
 * would without; a film's picture is away. `live` undoes it. */
const still = (page) => page.evaluate(() => {
  for (const element of document.querySelectorAll('time, .countdown, [data-varies]')) {
    if (element.hidden || 'still' in element.dataset) continue;
    const other = element.cloneNode(false);
    other.textContent = element.dataset.varies || 'Mon 30 Nov, 09:00';
    other.dataset.still = '';
    element.after(other);
    element.hidden = true;
  }
  for (const field of document.querySelectorAll('input[type=datetime-local], input[type=date]')) {
    if (!field.value || 'still' in field.dataset) continue;
    field.dataset.still = field.value;
    field.value = field.type === 'date' ? '2026-11-30' : '2026-11-30T09:00';
  }
  document.querySelector('.toasts')?.setAttribute('hidden', '');
  for (const film of document.querySelectorAll('video')) film.style.opacity = '0';
  for (const place of document.querySelectorAll('[data-moves] .plot-place')) place.style.visibility = 'hidden';
  if (innerWidth < 640) for (const element of document.querySelectorAll('[data-sticks]')) element.style.position = 'static';
  document.activeElement?.blur();
});
const live = (page) => page.evaluate(() => {
  for (const field of document.querySelectorAll('input[data-still]')) {
    field.value = field.dataset.still;
    delete field.dataset.still;
  }
  for (const other of document.querySelectorAll('[data-still]')) {
    other.previousElementSibling.hidden = false;
    other.remove();
  }
  document.querySelector('.toasts')?.removeAttribute('hidden');
  for (const film of document.querySelectorAll('video')) film.style.opacity = '';
  for (const place of document.querySelectorAll('[data-moves] .plot-place')) place.style.visibility = '';
  for (const element of document.querySelectorAll('[data-sticks]')) element.style.position = '';
});

/** How a picture differs from the one that is kept: undefined if it does not. */
function differing(name, bytes) {
  const file = path.join(looks, `${name}.png`);
  assert.ok(fs.existsSync(file), `${name} has no picture in tests/browser/looks: look at the page, then run again with BW_LOOKS=keep`);
  const kept = fs.readFileSync(file);
  if (kept.equals(bytes)) return undefined; // as it nearly always is: nothing to take apart
  const [is, was] = [PNG.sync.read(bytes), PNG.sync.read(kept)];
  const size = ({ width, height }) => `${width} x ${height}`;
  if (size(is) !== size(was)) return { how: `is ${size(is)}, was ${size(was)}` };
  const picture = new PNG({ width: is.width, height: is.height });
  const pixels = pixelmatch(is.data, was.data, picture.data, is.width, is.height, { threshold: 0.2 });
  return pixels > pixelsLimit ? { how: `looks different in ${pixels} pixels`, picture: PNG.sync.write(picture) } : undefined;
}

/** What still comes (an answer, a font, a layer that is drawn late) changes a page for a while: it is looked at until it looks as it should, or,
 * where a new look is kept, twice the same. */
const settlesWithinMs = 5000;
async function compare(page, name) {
  const keep = (directory, kind, bytes) => {
    if (!directory) return;
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(path.join(directory, `${name}${kind}.png`), bytes);
  };
  const taken = async () => {
    await still(page);
    await settled(page);
    await still(page); // what came meanwhile
    return page.screenshot({ fullPage: true, animations: 'disabled' });
  };
  const end = Date.now() + settlesWithinMs;
  let bytes = await taken();
  if (process.env.BW_LOOKS === 'keep') {
    for (let before; !before?.equals(bytes) && Date.now() < end;) [before, bytes] = [bytes, await taken()];
    return keep(looks, '', bytes);
  }
  let difference = differing(name, bytes);
  if (difference) keep(differences, '-at-first', bytes);
  for (; difference && Date.now() < end; difference = differing(name, bytes)) bytes = await taken();
  keep(shots, '', bytes);
  if (!difference) return;
  keep(differences, '', bytes);
  if (difference.picture) keep(differences, '-difference', difference.picture);
  assert.fail(`${name} ${difference.how}: see the pictures in BW_DIFFERENCES; BW_LOOKS=keep keeps the new look`);
}

/** What is drawn anew for another width has been drawn: the page stays as high as it is for five pictures. It stands at its top, for what
 * lies before a page lies where the page is scrolled to. */
const settled = (page) => page.evaluate(async () => {
  const root = document.documentElement;
  root.scrollTop = 0;
  for (let same = 0, high = 0, left = 300; same < 5 && left > 0; --left) {
    await new Promise((drawn) => { requestAnimationFrame(drawn); });
    same = root.scrollHeight === high ? same + 1 : 0;
    high = root.scrollHeight;
  }
});

/** Held to WCAG A and AA in light and dark and to 320 px (inspect.mjs), and to its pictures: 1440 px in light, 320 px in dark. */
export async function look(page, name) {
  await page.mouse.move(0, 0);
  await inspect(page, name);
  for (const [width, colorScheme] of [[1440, 'light'], [320, 'dark']]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await compare(page, `${name}-${width}`);
  }
  await live(page);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
  await page.setViewportSize({ width: 1440, height: 900 });
}
