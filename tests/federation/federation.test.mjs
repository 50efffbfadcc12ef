// Sign-in at a real OpenID provider, through the real program: the way there and back, everything that may be wrong on it, and what a
// provider that is dead or slow costs those who do not use it.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { startServer } from '../support/server.mjs';
import { Browser } from './browser.mjs';
import { startProvider } from './provider.mjs';

const north = 'north-hill', south = 'river-valley', password = 'bell-at-nine', secret = 'of-the-provider';
let server, provider;
const ids = {}; // name -> provider_id

const origin = (slug) => server.origin(slug);
async function as(slug, username) {
  const answer = await server.request(slug, 'POST', '/v1/sessions', { body: { username, password } });
  assert.equal(answer.status, 201, answer.text);
  return { Authorization: `Bearer ${answer.json().access_token}`, refresh: answer.json().refresh_token };
}
const authorization = ({ Authorization }) => ({ Authorization });

async function describe(slug, members) {
  const headers = authorization(await as(slug, 'admin'));
  const answer = await server.request(slug, 'POST', '/v1/identity-providers', { headers, body: members });
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.text.includes(secret), false, 'a secret is answered back');
  return answer.json();
}
async function change(slug, id, members) {
  const headers = authorization(await as(slug, 'admin'));
  const now = await server.request(slug, 'GET', `/v1/identity-providers/${id}`, { headers });
  const body = { ...now.json(), ...now.json().settings, ...members };
  for (const name of ['provider_id', 'redirect_uri', 'settings']) delete body[name];
  const answer = await server.request(slug, 'PUT', `/v1/identity-providers/${id}`, { headers: { ...headers, 'If-Match': now.headers.etag }, body });
  assert.equal(answer.status, 200, answer.text);
}

/** There: the address at the provider. */
async function depart(browser, slug, id, query = '') {
  const answer = await browser.send(`${origin(slug)}/v1/federation/${id}/start${query}`);
  assert.equal(answer.status, 302, answer.text);
  return answer.headers.location;
}
const isCallback = (url) => url.includes('/callback?');
/** There and back: the callback's address, not yet called. */
async function there(browser, slug, id, login, query) {
  return browser.authorize(await depart(browser, slug, id, query), login, isCallback);
}
async function signIn(browser, slug, id, login, query) { return browser.send(await there(browser, slug, id, login, query)); }
async function me(browser, slug) {
  const answer = await browser.send(`${origin(slug)}/v1/me`);
  return answer.status === 200 ? answer.json().username : answer.status;
}
function account(login, claims = {}) {
  provider.control({ accounts: { [login]: { email: `${login}@${north}.example`, email_verified: true, given_name: login, ...claims } } });
}

before(async () => {
  server = await startServer(process.env.BW_BINARY, ['--federation-private']);
  const clients = [];
  provider = await startProvider();
  const describeBoth = async (name, slug, members) => {
    const made = await describe(slug, { name, issuer: provider.issuer, client_id: `${name}-client`, client_secret: secret, link_by_email: true, ...members });
    ids[name] = made.provider_id;
    clients.push({ client_id: `${name}-client`, client_secret: secret, redirect_uris: [made.redirect_uri], response_types: ['code'],
      grant_types: ['authorization_code'], token_endpoint_auth_method: members?.client_auth ?? 'client_secret_basic' });
  };
  await describeBoth('north', north);
  await describeBoth('south', south, { client_auth: 'client_secret_post' });
  await describeBoth('open', north, { client_auth: 'none', client_secret: undefined });
  await describeBoth('making', north, { create_users_as: 'student', email_domains: ['new.example'] });
  await describeBoth('stale', north, { client_secret: 'of-yesterday' }); // the provider has another one
  provider.know(clients); // their redirect URIs are known once they are described here
}, { timeout: 120_000 });
after(async () => { await provider?.kill().catch(() => {}); await server?.stop(); });
beforeEach(() => { provider.control({ bend: null, fault: { at: '*' } }); });

test('a sign-in page is told what there is, without a secret', async () => {
  const answer = await server.request(north, 'GET', '/v1/sign-in-methods');
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json().data.map((m) => m.provider_id).sort(), [ids.north, ids.open, ids.making, ids.stale].sort());
  assert.equal(/secret|client_id/.test(answer.text), false, answer.text);
});

test('there and back is a session in cookies', async () => {
  account('ada');
  const browser = new Browser();
  const answer = await signIn(browser, north, ids.north, 'ada', '?return_to=/work%3Fx=1%26y=2');
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.text, /content="0;url=\/work\?x=1&amp;y=2"/);
  const set = answer.headers['set-cookie'];
  assert.ok(set.some((c) => c.startsWith('bw_access=') && c.includes('SameSite=Strict') && c.includes('HttpOnly')), set.join('\n'));
  assert.ok(set.some((c) => c.startsWith('bw_sso_') && c.includes('Max-Age=0')));
  assert.equal(await me(browser, north), 'ada');
  const identities = await browser.send(`${origin(north)}/v1/me/identities`);
  assert.deepEqual(identities.json().data.map((i) => [i.provider_id, i.linked_by]), [[ids.north, 'email']]);
  // Renewed like any other session.
  const renewed = await browser.send(`${origin(north)}/v1/sessions/refresh`, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin' } });
  assert.equal(renewed.status, 201, renewed.text);
});

test('keys that change in between are found', async () => {
  account('ada');
  assert.equal((await signIn(new Browser(), north, ids.north, 'ada')).status, 200);
  const browser = new Browser();
  const callback = await there(browser, north, ids.north, 'ada');
  provider.control({ rotate: true });
  const asked = provider.seen.jwks;
  assert.equal((await browser.send(callback)).status, 200);
  assert.equal(provider.seen.jwks, asked + 1);
  provider.control({ bend: { header: { kid: 'of-nobody' } } });
  for (let i = 0; i < 3; ++i) assert.equal((await signIn(new Browser(), north, ids.north, 'ada')).status, 401);
  assert.ok(provider.seen.jwks <= asked + 2, 'unknown keys are not looked for at every sign-in');
});

test('a client without cookies exchanges a code, once, if it began', async () => {
  account('ada');
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', challenge = crypto.createHash('sha256').update(verifier).digest('base64url');
  const answer = await signIn(new Browser(), north, ids.north, 'ada', `?mode=code&challenge=${challenge}&return_to=/app`);
  assert.equal(answer.status, 303, answer.text);
  const code = /^\/app\?federation_code=([\w-]+)$/.exec(answer.headers.location)[1];
  const exchange = (slug, body) => server.request(slug, 'POST', '/v1/federation/sessions', { body });
  assert.equal((await exchange(north, { code, verifier: 'another' })).status, 401);
  assert.equal((await exchange(south, { code, verifier })).status, 401);
  const tokens = await exchange(north, { code, verifier, device: 'an app' });
  assert.equal(tokens.status, 201, tokens.text);
  const headers = { Authorization: `Bearer ${tokens.json().access_token}` };
  assert.equal((await server.request(north, 'GET', '/v1/me', { headers })).json().username, 'ada');
  assert.equal((await exchange(north, { code, verifier })).status, 401, 'a code is good once');
});

test('a session on a shared device is short and leaves nothing there, by either way', async () => {
  account('ada');
  const minutes = (tokens) => (Date.parse(tokens.refresh_expires_at) - Date.now()) / 60_000;
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', challenge = crypto.createHash('sha256').update(verifier).digest('base64url');
  for (const shared of [true, false]) {
    const byCode = await signIn(new Browser(), north, ids.north, 'ada', `?mode=code&challenge=${challenge}&shared_device=${shared}`);
    const code = /federation_code=([\w-]+)$/.exec(byCode.headers.location)[1];
    const tokens = (await server.request(north, 'POST', '/v1/federation/sessions', { body: { code, verifier } })).json();
    assert.ok(shared ? minutes(tokens) <= 90 : minutes(tokens) > 24 * 60, tokens.refresh_expires_at);
    const byCookie = await signIn(new Browser(), north, ids.north, 'ada', `?shared_device=${shared}`);
    const kept = byCookie.headers['set-cookie'].filter((c) => /^bw_(access|refresh)=/.test(c) && c.includes('Max-Age'));
    assert.equal(kept.length, shared ? 0 : 2, kept.join('\n'));
  }
  assert.equal((await new Browser().send(`${origin(north)}/v1/federation/${ids.north}/start?shared_device=maybe`)).status, 422);
});

test('all ways to sign an ID token that are allowed, and no others', async () => {
  account('ada');
  for (const alg of ['ES256', 'EdDSA', 'RS256']) {
    provider.signWith(alg);
    await change(north, ids.north, { algorithms: ['RS256'] });
    assert.equal((await signIn(new Browser(), north, ids.north, 'ada')).status, alg === 'RS256' ? 200 : 401, alg);
    await change(north, ids.north, { algorithms: [alg] });
    assert.equal((await signIn(new Browser(), north, ids.north, 'ada')).status, 200, alg);
  }
});

test('public clients and client_secret_post', async () => {
  account('ada');
  account('adas-twin', { email: `ada@${south}.example` });
  assert.equal((await signIn(new Browser(), north, ids.open, 'ada')).status, 403, 'the identity is of another provider of the institution');
  const browser = new Browser();
  assert.equal((await signIn(browser, south, ids.south, 'adas-twin')).status, 200);
  assert.equal(await me(browser, south), 'ada');
});

for (const [what, bend] of Object.entries({
  'another nonce': { claims: { nonce: 'another' } },
  'no nonce': { without: ['nonce'] },
  'another audience': { claims: { aud: 'somebody-else' } },
  'one audience more': { claims: { aud: ['north-client', 'somebody-else'] } },
  'another authorized party': { claims: { azp: 'somebody-else' } },
  'another issuer': { claims: { iss: 'https://evil.example' } },
  'expired': { claims: { exp: 1_700_000_000 } },
  'from the future': { claims: { iat: 4_000_000_000 } },
  'another access token': { claims: { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' } },
  'alg none': { signature: 'none' },
  'HS256 with the public key as its secret': { signature: 'hmac' },
  'a stranger\'s key under the kid': { signature: 'stranger' },
  'another algorithm\'s key': { alg: 'ES256' },
  'crit': { header: { crit: ['x'] } },
})) test(`an ID token is refused: ${what}`, async () => {
  account('ada');
  provider.control({ bend });
  const browser = new Browser();
  const answer = await signIn(browser, north, ids.north, 'ada');
  assert.equal(answer.status, 401, answer.text);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  assert.equal(answer.headers['set-cookie'], undefined);
  assert.equal(await me(browser, north), 401);
});

test('a callback is good once, in its browser, at its institution', async () => {
  account('ada');
  const browser = new Browser();
  const callback = await there(browser, north, ids.north, 'ada');
  assert.equal((await new Browser().send(callback)).status, 403, 'another browser');
  const kept = new Map(browser.cookies(origin(north)));
  assert.equal((await browser.send(callback.replace('state=', 'state=0'))).status, 403);
  const elsewhere = callback.replace(origin(north), origin(south));
  for (const [name, value] of kept) browser.cookies(origin(south)).set(name, value);
  assert.equal((await browser.send(elsewhere)).status, 403, 'another institution');
  assert.equal((await browser.send(callback.replace(ids.north, ids.open))).status, 403, 'another provider');
  const iss = /&iss=[^&]+/;
  assert.match(callback, iss, 'the provider says who it is (RFC 9207)');
  for (const instead of ['', '&iss=https%3A%2F%2Fevil.example'])
    assert.equal((await browser.send(callback.replace(iss, instead))).status, 401, 'nobody\'s answer, or another\'s');
  assert.equal((await browser.send(callback)).status, 200);
  assert.equal((await browser.send(callback)).status, 403, 'the cookie is gone');
  for (const [name, value] of kept) browser.cookies(origin(north)).set(name, value);
  assert.equal((await browser.send(callback)).status, 401, 'the provider takes no code twice');
});

test('the provider\'s no is a no, and an error is never a code', async () => {
  const browser = new Browser();
  const away = new URL(await depart(browser, north, ids.north));
  const state = away.searchParams.get('state');
  const answer = await browser.send(`${origin(north)}/v1/federation/${ids.north}/callback?error=access_denied&state=${state}`);
  assert.equal(answer.status, 403, answer.text);
  assert.equal((await browser.send(`${origin(north)}/v1/federation/${ids.north}/callback?state=${state}`)).status, 422);
});

test('a secret that the provider does not take is the administrator\'s to mend, and the answer says so', async () => {
  account('ada');
  const answer = await signIn(new Browser(), north, ids.stale, 'ada');
  assert.equal(answer.status, 403, answer.text);
  assert.match(answer.text, /client id or secret/);
  assert.equal(answer.text.includes('of-yesterday'), false);
});

test('an address that is not verified, or is an administrator\'s, opens nothing', async () => {
  account('liar', { email: `grace@${north}.example`, email_verified: false });
  assert.equal((await signIn(new Browser(), north, ids.north, 'liar')).status, 403);
  account('boss', { email: `admin@${north}.example` });
  assert.equal((await signIn(new Browser(), north, ids.north, 'boss')).status, 403);
  account('thief', { email: `ada@${north}.example` }); // ada has an identity there already
  assert.equal((await signIn(new Browser(), north, ids.north, 'thief')).status, 403);
});

test('an institution\'s provider is nothing elsewhere', async () => {
  const browser = new Browser();
  assert.equal((await browser.send(`${origin(south)}/v1/federation/${ids.north}/start`)).status, 404);
  const headers = authorization(await as(south, 'admin'));
  assert.equal((await server.request(south, 'GET', `/v1/identity-providers/${ids.north}`, { headers })).status, 404);
  for (const who of ['ada', 'grace']) {
    const theirs = authorization(await as(north, who));
    assert.equal((await server.request(north, 'GET', '/v1/identity-providers', { headers: theirs })).status, 403);
  }
});

test('users are made where a provider may, and are students', async () => {
  account('newcomer', { email: 'newcomer@new.example', family_name: 'Newman' });
  const browser = new Browser();
  assert.equal((await signIn(browser, north, ids.making, 'newcomer')).status, 200);
  const who = (await browser.send(`${origin(north)}/v1/me`)).json();
  assert.equal(who.username, 'newcomer@new.example');
  assert.deepEqual(who.roles, ['student']);
  account('stranger', { email: 'stranger@elsewhere.example' });
  assert.equal((await signIn(new Browser(), north, ids.making, 'stranger')).status, 403);
});

test('who is signed in adds an identity, and takes it away', async () => {
  account('the-head', { email: 'head@home.example' });
  const browser = new Browser(), json = { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin' };
  const url = `${origin(north)}/v1/me/identities`;
  await browser.send(`${origin(north)}/v1/sessions`, { method: 'POST', headers: json, body: JSON.stringify({ username: 'admin', password, mode: 'cookie' }) });
  const body = JSON.stringify({ provider_id: ids.north, return_to: '/settings' });
  assert.equal((await browser.send(url, { method: 'POST', body, headers: { ...json, 'Sec-Fetch-Site': 'cross-site' } })).status, 403, 'a foreign page begins nothing');
  const begun = await browser.send(url, { method: 'POST', body, headers: json });
  assert.equal(begun.status, 201, begun.text);
  const callback = await browser.authorize(begun.json().authorization_url, 'the-head', isCallback);
  assert.equal((await new Browser().send(callback)).status, 403);
  const answer = await browser.send(callback);
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.text, /url=\/settings"/);
  const signedIn = new Browser();
  assert.equal((await signIn(signedIn, north, ids.north, 'the-head')).status, 200);
  assert.equal(await me(signedIn, north), 'admin');
  const [identity] = (await browser.send(url)).json().data;
  assert.equal(identity.linked_by, 'consent');
  assert.equal((await browser.send(`${url}/${identity.identity_id}`, { method: 'DELETE', headers: json })).status, 204);
  assert.equal((await signIn(new Browser(), north, ids.north, 'the-head')).status, 403);
});

test('a browser goes nowhere else', async () => {
  for (const to of ['//evil.example', 'https://evil.example', '/\\evil.example', '\\\\evil.example', 'javascript:alert(1)', '/%0d%0aSet-Cookie:x', '/a%22%3E%3Cscript%3E', 'evil', '/#x', ''])
    assert.equal((await new Browser().send(`${origin(north)}/v1/federation/${ids.north}/start?return_to=${encodeURIComponent(to).replaceAll('%25', '%')}`)).status, 422, to);
});

test('what an administrator may not say', async () => {
  const headers = authorization(await as(north, 'admin'));
  const refused = async (members, field) => {
    const answer = await server.request(north, 'POST', '/v1/identity-providers', { headers, body: { name: 'x', issuer: 'https://a.example', client_id: 'x', client_auth: 'none', ...members } });
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.text, new RegExp(field));
  };
  await refused({ issuer: 'http://a.example' }, '/issuer');
  await refused({ algorithms: ['HS256'] }, '/algorithms');
  await refused({ create_users_as: 'administrator' }, '/create_users_as');
  await refused({ client_auth: 'client_secret_basic' }, '/client_secret');
});

// ---- a provider that is ill ----

/** How long passwords, refreshes and reads of others take meanwhile, at worst, in ms. */
async function othersWorst(rounds) {
  let worst = 0;
  const timed = async (call, good) => {
    const from = performance.now(), answer = await call();
    worst = Math.max(worst, performance.now() - from);
    assert.ok(good.includes(answer.status), `${answer.status} ${answer.text}`);
    return answer;
  };
  for (let i = 0; i < rounds; ++i) {
    const session = await timed(() => server.request(north, 'POST', '/v1/sessions', { body: { username: 'grace', password } }), [201]);
    await timed(() => server.request(north, 'POST', '/v1/sessions/refresh', { body: { refresh_token: session.json().refresh_token } }), [201]);
    await timed(() => server.request(north, 'GET', '/v1/me', { headers: { Authorization: `Bearer ${session.json().access_token}` } }), [200]);
  }
  return worst;
}

for (const kind of ['hang', '500', 'huge', 'drip', 'redirect']) test(`a provider's token endpoint is ill: ${kind}`, async () => {
  account('ada');
  const slug = north, browsers = Array.from({ length: 24 }, () => new Browser());
  const callbacks = [];
  for (const browser of browsers) callbacks.push(await there(browser, slug, ids.north, 'ada'));
  provider.control({ fault: { at: '/token', kind } });
  const waiting = Promise.all(callbacks.map((callback, i) => browsers[i].send(callback)));
  const worst = await othersWorst(5);
  assert.ok(worst < 3_000, `others waited ${worst} ms`);
  const answers = await waiting;
  for (const answer of answers) assert.ok([401, 503, 504].includes(answer.status), `${answer.status} ${answer.text}`);
  // Left alone meanwhile, and well again: at once, or when its breaker has looked.
  provider.control({ fault: { at: '/token' } });
  for (let i = 0; ; ++i) {
    const answer = await signIn(new Browser(), slug, ids.north, 'ada').catch((error) => ({ status: error.message }));
    if (answer.status === 200) break;
    assert.ok(i < 80, `never well again: ${answer.status}`);
    await new Promise((done) => { setTimeout(done, 500); });
  }
});

test('what is known of a provider is enough while its documents are away', async () => {
  account('ada');
  provider.control({ fault: { at: '/.well-known/openid-configuration', kind: 'hang' } });
  provider.control({ fault: { at: '/jwks', kind: 'hang' } });
  assert.equal((await signIn(new Browser(), north, ids.north, 'ada')).status, 200);
  provider.control({ fault: { at: '/.well-known/openid-configuration' } });
  provider.control({ fault: { at: '/jwks' } });
});

test('the figures tell', async () => {
  const page = await server.metrics();
  assert.match(page, /bellwether_federation_sign_ins_total\{preset="generic",outcome="signed_in"\} [1-9]/);
  assert.match(page, /bellwether_federation_fetches_total\{preset="generic",outcome="late"\} [1-9]/);
  assert.match(page, /bellwether_federation_breakers_open\{preset="generic"\} \d/);
});

test('a provider that is gone takes nothing along', async () => {
  const browsers = Array.from({ length: 8 }, () => new Browser()), callbacks = [];
  account('ada');
  for (const browser of browsers) callbacks.push(await there(browser, north, ids.north, 'ada'));
  await provider.kill();
  const waiting = Promise.all(callbacks.map((callback, i) => browsers[i].send(callback)));
  const worst = await othersWorst(5);
  assert.ok(worst < 3_000, `others waited ${worst} ms`);
  for (const answer of await waiting) {
    assert.equal(answer.status, 503, answer.text);
    assert.ok(Number(answer.headers['retry-after']) >= 1);
  }
});
