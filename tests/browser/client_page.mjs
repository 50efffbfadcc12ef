// A real browser before the real server, and tabs with the client library (web/client) in `window.client`. Between them is a line that can be bad.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLine } from '../support/line.mjs';
import { startBrowser, startServer } from './bellwether.mjs';

const root = fileURLToPath(new URL('../../web/client', import.meta.url));
const [slug, password] = ['north-hill', 'bell-at-nine'];
const csp = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'"; // as the server's pages have it

/** As an application has it: bundled, in chunks of which what is loaded later is one. */
async function bundle(to) {
  if (!process.env.BW_WEB_BUILT) execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  const esbuild = createRequire(path.join(root, 'package.json'))('esbuild');
  await esbuild.build({ entryPoints: [path.join(root, 'dist/index.js')], outdir: to, bundle: true, splitting: true, format: 'esm', minify: true, target: 'es2022', logLevel: 'warning' });
}

/** What `return` says below; undefined, said why, without the client's packages. */
export async function startClient() {
  if (!fs.existsSync(path.join(root, 'node_modules/esbuild'))) return void console.error('SKIPPED: no packages (cd web/client && npm ci)');
  const modules = fs.mkdtempSync(path.join(os.tmpdir(), 'bw-client-'));
  await bundle(modules);
  const server = await startServer(process.env.BW_BINARY, ['--files-mib-kept-free', '0']), line = await startLine(server.port);
  const browser = await startBrowser(process.env.BW_CHROMIUM ?? '/usr/bin/chromium');
  const { context } = browser, origin = `http://${slug}.localhost:${line.port}`;
  // The library is no page of the server's: it comes from the build, under the server's own origin.
  await context.route(`${origin}/client/**`, (route) =>
    route.fulfill({ path: path.join(modules, new URL(route.request().url()).pathname.slice('/client/'.length)), contentType: 'text/javascript' }));
  await context.route(`${origin}/blank`, (route) =>
    route.fulfill({ contentType: 'text/html', headers: { 'Content-Security-Policy': csp }, body: '<!doctype html><title>client</title>' }));

  return {
    slug, origin, server, browser, line,
    /** A tab, everything that it asked for in `asked`, and where in which upload it sent bytes from in `sends`. */
    async openTab() {
      const page = await context.newPage(), asked = [], sends = [];
      page.on('request', (request) => {
        if (request.url().includes('/v1/')) asked.push(`${request.method()} ${new URL(request.url()).pathname}`);
        if (request.method() === 'PATCH') sends.push({ to: new URL(request.url()).pathname, from: Number(request.headers()['upload-offset']) });
      });
      await page.goto(`${origin}/blank`);
      await this.begin(page);
      return { page, asked, sends };
    },
    begin: (page) => page.evaluate(async () => {
      const library = await import('/client/index.js');
      const transport = new library.Transport();
      const session = new library.Session(transport, await library.sharedSession());
      const outbox = new library.Outbox(session, await library.entryStore(), transport.clock, { verify: library.receiptVerifier(transport) });
      window.client = { library, transport, session, outbox };
    }),
    signIn: (page, username = 'ada') => page.evaluate(([who, what]) => client.session.signIn(who, what), [username, password]),
    /** Somebody who has no browser: asks, and is answered. */
    async as(username) {
      const answer = await server.request(slug, 'POST', '/v1/sessions', { body: { username, password } });
      const Authorization = `Bearer ${answer.json().access_token}`;
      return async (method, target, body, headers = {}) => {
        const said = await server.request(slug, method, target, { headers: { Authorization, ...headers }, body });
        return { ...said, body: said.text && said.json() };
      };
    },
    closeTabs: () => browser.closeTabs(),
    async stop() {
      try { await browser.stop(); } finally {
        line.stop();
        await server.stop();
        fs.rmSync(modules, { recursive: true, force: true });
      }
    },
  };
}
