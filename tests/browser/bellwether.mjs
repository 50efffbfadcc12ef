// A browser before the real server (tests/support/server.mjs). Nothing here knows what is checked.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

export { eventually, startServer } from '../support/server.mjs';

/** One headless browser with a profile of its own. */
export async function startBrowser(executablePath) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'bw-chromium-'));
  const remove = () => fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  let context;
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath, headless: true, acceptDownloads: true, viewport: { width: 900, height: 800 },
      args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
  } catch (error) {
    remove();
    throw error;
  }
  context.setDefaultTimeout(30_000);
  /** What a page's routes are still at when it closes is of no interest, and fails no test. */
  const quiet = () => Promise.all([context, ...context.pages()].map((one) => one.unrouteAll({ behavior: 'ignoreErrors' })));
  return {
    context,
    /** All but the first, which keeps the browser open; routes of the context stay. */
    async closeTabs() {
      for (const page of context.pages().slice(1)) {
        await page.unrouteAll({ behavior: 'ignoreErrors' });
        await page.close();
      }
    },
    async stop() { try { await quiet(); await context.close(); } finally { remove(); } },
  };
}
