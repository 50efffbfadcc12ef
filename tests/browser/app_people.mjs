// What people of the demo do past the app, so that it has something to show.
import assert from 'node:assert/strict';
import { openPage } from './app.mjs';

/** `ask(method, target, body, current, headers)` as somebody: the answer's JSON. `current`: with the ETag that a GET of the target gives, if it gives one. */
export async function api({ server }, username, slug = 'north-hill') {
  const signedIn = await server.request(slug, 'POST', '/v1/sessions', { body: { username, password: 'bell-at-nine' } });
  const { access_token } = signedIn.json();
  const own = { Authorization: `Bearer ${access_token}` };
  return async (method, target, body, current = false, more = {}) => {
    const headers = { ...own, ...more };
    const etag = current ? (await server.request(slug, 'GET', target, { headers })).headers.etag : undefined;
    const answer = await server.request(slug, method, target, { body, headers: { ...headers, ...(etag && { 'If-Match': etag }) } });
    assert.ok(answer.status < 400, `${method} ${target}: ${answer.status} ${answer.text}`);
    return answer.text ? answer.json() : undefined;
  };
}

/** No other tab, and nothing of anybody on this device. */
export async function emptied(app) {
  await app.browser.closeTabs();
  await app.context.clearCookies();
  const page = await openPage(app, '/plain');
  await page.evaluate(async () => {
    localStorage.clear();
    await Promise.all((await indexedDB.databases()).map(({ name }) => new Promise((done) => { Object.assign(indexedDB.deleteDatabase(name), { onsuccess: done, onerror: done, onblocked: done }); })));
  });
  await page.close();
}
