// Access tokens against jose, a verifier that is not ours: it takes our tokens of both algorithms by the key set over HTTP, through
// rotations; and a key that has leaked counts no more, while sessions go on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { eventually, startServer } from '../support/server.mjs';
import { institution, people } from './fixtures.mjs';

let server;
const keySet = '/.well-known/jwks.json';
const rules = { issuer: 'bellwether:local', audience: 'bellwether', typ: 'at+jwt' };
const keys = (...args) => execFileSync(process.env.BW_BINARY, ['keys', ...args, '--data', server.data], { encoding: 'utf8', timeout: 30_000 });
/** A verifier elsewhere: it keeps the key set, and reads it again for a kid that it does not know. */
const verifier = () => createRemoteJWKSet(new URL(`http://127.0.0.1:${server.port}${keySet}`), { cooldownDuration: 0 });

async function signIn() {
  const answer = await server.request(institution, 'POST', '/v1/sessions', { body: people[0] });
  assert.equal(answer.status, 201, answer.text);
  return answer.json();
}
const me = async (token) => (await server.request(institution, 'GET', '/v1/me', { headers: { Authorization: `Bearer ${token}` } })).status;
const signedWith = async (alg) => eventually(`tokens are signed with ${alg}`, async () => {
  const session = await signIn();
  return decodeProtectedHeader(session.access_token).alg === alg && session;
});

before(async () => { server = await startServer(process.env.BW_BINARY); });
after(async () => { await server?.stop(); });

test('jose verifies tokens of both algorithms, through a rotation', async () => {
  const jwks = verifier();
  const first = await signIn();
  assert.equal(decodeProtectedHeader(first.access_token).alg, 'EdDSA');
  assert.equal((await jwtVerify(first.access_token, jwks, rules)).payload.sub, first.user_id);
  keys('rotate', '--algorithm', 'es256', '--announce-seconds', '0');
  const second = await signedWith('ES256');
  assert.equal((await jwtVerify(second.access_token, jwks, rules)).payload.sub, second.user_id);
  await jwtVerify(first.access_token, jwks, rules); // the one before it verifies as long as its tokens live
  assert.equal(await me(first.access_token), 200);
  const forged = second.access_token.slice(0, -4) + (second.access_token.endsWith('AAAA') ? 'BBBB' : 'AAAA');
  await assert.rejects(jwtVerify(forged, jwks, rules));
  assert.equal(await me(forged), 401);
});

test('what is announced is in the key set before it signs', async () => {
  const before_ = (await server.request('', 'GET', keySet)).json().keys.map((k) => k.kid);
  const listed = keys('rotate');
  const [announced] = /^\S+(?= +\S+ +announced)/m.exec(listed);
  await eventually('the key set has it', async () =>
    (await server.request('', 'GET', keySet)).json().keys.some((k) => k.kid === announced));
  assert.ok(!before_.includes(announced));
  assert.notEqual(decodeProtectedHeader((await signIn()).access_token).kid, announced);
});

test('the key set may be kept for less than a key is announced, and is asked for by its tag', async () => {
  const answer = await server.request('', 'GET', keySet);
  assert.equal(answer.headers['cache-control'], 'public, max-age=300');
  assert.ok(answer.headers.etag);
  const again = await server.request('', 'GET', keySet, { headers: { 'If-None-Match': answer.headers.etag } });
  assert.equal(again.status, 304);
  for (const key of answer.json().keys) assert.equal(key.d, undefined);
});

test('a key that has leaked counts no more, and sessions come back without a password', async () => {
  const session = await signedWith('ES256');
  const { kid } = decodeProtectedHeader(session.access_token);
  assert.equal(await me(session.access_token), 200);
  keys('revoke', kid);
  await eventually('its tokens are refused', async () => (await me(session.access_token)) === 401);
  const renewed = await server.request(institution, 'POST', '/v1/sessions/refresh', { body: { refresh_token: session.refresh_token } });
  assert.equal(renewed.status, 201, renewed.text);
  const token = renewed.json().access_token;
  assert.notEqual(decodeProtectedHeader(token).kid, kid);
  assert.equal(await me(token), 200);
  await jwtVerify(token, verifier(), rules);
  await assert.rejects(jwtVerify(session.access_token, verifier(), rules), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
});
