import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Api, Transport } from '../dist/index.js';
import { server } from './fakes.mjs';

function over(answers) {
  const told = server(answers);
  return { api: new Api(new Transport({ fetch: told.fetch })), ...told };
}

test('a path is filled in, a query said, and an ETag comes and goes back unchanged', async () => {
  const { api, asked } = over([{ body: { kind: 'text' }, headers: { ETag: '"v1"' } }, { body: {} }]);
  const path = { assignment_id: 'a/b' };
  const { body, etag, status } = await api.get('/v1/assignments/{assignment_id}', { path });
  assert.deepEqual([status, body.kind, etag], [200, 'text', '"v1"']);
  await api.patch('/v1/assignments/{assignment_id}', { path, ifMatch: etag, body: { attempts_limit: 2 } });
  assert.deepEqual(asked.map(({ method, url }) => `${method} ${url}`), ['GET /v1/assignments/a%2Fb', 'PATCH /v1/assignments/a%2Fb']);
  assert.equal(asked[1].headers['If-Match'], '"v1"');
  assert.deepEqual(asked[1].body, { attempts_limit: 2 });
});

test('a key is sent as a header, and what is undefined is not said', async () => {
  const { api, asked } = over([{ status: 202, body: {} }, { body: { data: [], next: null } }]);
  await api.post('/v1/submissions', { idempotencyKey: 'k', body: { assignment_id: 'a', text: 'x' } });
  await api.get('/v1/assignments', { query: { limit: 3, due_from: undefined } });
  assert.equal(asked[0].headers['Idempotency-Key'], '"k"');
  assert.equal(asked[1].url, '/v1/assignments?limit=3');
});

test('a list is read page by page, no further than it is wanted', async () => {
  const pages = [{ body: { data: [1, 2], next: 'c' } }, { body: { data: [], next: 'd' } }, { body: { data: [3], next: null } }];
  const all = over([...pages]), seen = [];
  for await (const one of all.api.each('/v1/grades', { query: { limit: 2 } })) seen.push(one);
  assert.deepEqual(seen, [1, 2, 3]);
  assert.deepEqual(all.asked.map(({ url }) => url), ['/v1/grades?limit=2', '/v1/grades?limit=2&cursor=c', '/v1/grades?limit=2&cursor=d']);
  const some = over([...pages]);
  for await (const one of some.api.each('/v1/grades')) if (one === 2) break;
  assert.equal(some.asked.length, 1);
});
