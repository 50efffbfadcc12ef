// The client library's types (web/client/src/openapi.ts) are those of the document that the program serves now.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startServer } from '../support/server.mjs';

const client = fileURLToPath(new URL('../../web/client', import.meta.url));
const skip = fs.existsSync(path.join(client, 'node_modules/openapi-typescript')) ? false : 'SKIPPED: no openapi-typescript (cd web/client && npm ci)';

test('the types of the client library are those of the document', { skip, timeout: 120_000 }, async () => {
  const { typesOf } = await import(path.join(client, 'tools/types.mjs'));
  const server = await startServer(process.env.BW_BINARY);
  let document;
  try { document = (await server.request('north-hill', 'GET', '/openapi.json')).json(); } finally { await server.stop(); }
  const now = (await typesOf(document)).split('\n'), kept = fs.readFileSync(path.join(client, 'src/openapi.ts'), 'utf8').split('\n');
  const line = now.findIndex((text, i) => text !== kept[i]);
  assert.ok(line < 0 && now.length === kept.length, `web/client/src/openapi.ts is stale: BW_BINARY=build/dev/bin/bellwether npm --prefix web/client run types\n`
    + `line ${line + 1} is ${JSON.stringify(kept[line]?.trim())}, and by the document ${JSON.stringify(now[line]?.trim())}`);
});
