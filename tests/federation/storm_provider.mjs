// The provider of a sign-in storm: npm oidc-provider, where everybody is signed in already. A browser says by the cookie `login` who it
// is, and nobody is asked anything. First it is described at every institution, through the API, by their administrators.
//
//     node storm_provider.mjs SERVER-PORT ADDRESS-FILE < lines of HOST ADMINISTRATOR
//
// ADDRESS-FILE holds its address and port once all of that is done.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import readline from 'node:readline';
import Provider from 'oidc-provider';
import MemoryAdapter, { setStorage } from 'oidc-provider/lib/adapters/memory_adapter.js';

const [serverPort, addressFile] = process.argv.slice(2);
const password = 'bell-at-nine', secret = crypto.randomBytes(24).toString('base64url');
setStorage(new Map()); // its own forgets all but the last few hundred who are on their way

function post(host, path, body, headers = {}) {
  const text = JSON.stringify(body);
  return new Promise((done, failed) => {
    const out = http.request({ host: '127.0.0.1', port: serverPort, method: 'POST', path, timeout: 20_000,
      headers: { Host: host, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text), ...headers } }, (answer) => {
      let all = '';
      answer.setEncoding('utf8').on('data', (part) => { all += part; });
      answer.on('end', () => (answer.statusCode === 201 ? done(JSON.parse(all)) : failed(new Error(`${host}${path}: ${answer.statusCode} ${all}`)))).on('error', failed);
    });
    out.on('error', failed).on('timeout', () => out.destroy(new Error(`${host}${path}: no answer in time`)));
    out.end(text);
  });
}

const server = http.createServer({ keepAliveTimeout: 65_000 });
await new Promise((done) => { server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, done); });
const address = `127.0.0.1:${server.address().port}`, issuer = `http://${address}`;

const clients = [];
for await (const line of readline.createInterface({ input: process.stdin })) {
  const host = line.split(' ', 1)[0], username = line.slice(host.length + 1);
  const { access_token: token } = await post(host, '/v1/sessions', { username, password });
  const made = await post(host, '/v1/identity-providers', { name: 'School account', issuer, client_id: host, client_secret: secret,
    algorithms: ['ES256'], username_claim: 'preferred_username' }, { Authorization: `Bearer ${token}` });
  clients.push({ client_id: host, client_secret: secret, redirect_uris: [made.redirect_uri], response_types: ['code'],
    grant_types: ['authorization_code'], id_token_signed_response_alg: 'ES256' });
}

const key = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const provider = new Provider(issuer, {
  clients,
  adapter: MemoryAdapter,
  jwks: { keys: [{ ...key, kid: 'es-1', alg: 'ES256', use: 'sig' }] },
  cookies: { keys: [secret] },
  pkce: { required: () => true },
  claims: { openid: ['sub'], profile: ['preferred_username'] },
  conformIdTokenClaims: false,
  findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, preferred_username: sub }) }),
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  async loadExistingGrant({ oidc }) { // nobody is asked for consent either
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});
const plain = provider.callback();

server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return plain(request, response);
  const login = /(?:^|; )login=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  if (!login) return response.writeHead(401).end('who is that?');
  return provider.interactionFinished(request, response, { login: { accountId: decodeURIComponent(login) } })
    .catch((error) => { response.writeHead(error.statusCode ?? 500).end(error.message); });
});

fs.writeFileSync(`${addressFile}.new`, `${address}\n`);
fs.renameSync(`${addressFile}.new`, addressFile);
