// A real OpenID provider (npm oidc-provider), with a hand on it: what it answers may be bent, its keys rotated, itself made slow,
// endless or dead. Everything that a test wants of it goes over /__control.
import crypto from 'node:crypto';
import http from 'node:http';
import Provider from 'oidc-provider';

const b64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const makeKey = (kind, kid) => {
  const pair = kind === 'RS256' ? crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })
    : kind === 'ES256' ? crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }) : crypto.generateKeyPairSync('ed25519');
  return { alg: kind, kid, ...pair, jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid, alg: kind, use: 'sig' } };
};
function sign(key, header, payload) {
  const text = `${b64(header)}.${b64(payload)}`;
  const how = key.alg === 'ES256' ? { key: key.privateKey, dsaEncoding: 'ieee-p1363' } : key.privateKey;
  return `${text}.${crypto.sign(key.alg === 'EdDSA' ? null : 'sha256', Buffer.from(text), how).toString('base64url')}`;
}

/** Starts one at 127.0.0.1 that knows no client yet. */
export async function startProvider() {
  let keys = [makeKey('RS256', 'rs-1'), makeKey('ES256', 'es-1'), makeKey('EdDSA', 'ed-1')], rotations = 1;
  const own = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const accounts = new Map(); // login -> claims
  const faults = new Map();   // path -> kind
  const seen = { token: 0, jwks: 0, discovery: 0 };
  let bend = null;            // {claims, header, alg, signature}
  const sockets = new Set();
  const server = http.createServer();
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const { port } = server.address();
  const issuer = `http://127.0.0.1:${port}`;

  const make = (clients) => new Provider(issuer, {
    clients,
    jwks: { keys: [{ ...own, kid: 'own', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['test-only'] },
    pkce: { required: () => true },
    claims: { openid: ['sub', 'district'], email: ['email', 'email_verified'], profile: ['given_name', 'family_name', 'preferred_username'] },
    conformIdTokenClaims: false,
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...accounts.get(sub) }) }),
    features: { devInteractions: { enabled: true } },
  });
  let plain = make([]).callback();

  /** The real provider's ID token, signed by one of our keys (so that they can rotate), bent if a test wants it. */
  function signedAnew(token, wanted) {
    const payload = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    const key = keys.find((k) => k.alg === (bend?.alg ?? wanted));
    delete payload.at_hash;
    Object.assign(payload, bend?.claims);
    for (const name of bend?.without ?? []) delete payload[name];
    const header = { alg: wanted, kid: key?.kid, ...bend?.header };
    if (bend?.signature === 'none') return `${b64({ ...header, alg: 'none' })}.${b64(payload)}.`;
    if (bend?.signature === 'hmac') { // the classic: the public key as if it were a shared secret
      const text = `${b64({ ...header, alg: 'HS256' })}.${b64(payload)}`;
      const secret = keys[0].publicKey.export({ type: 'spki', format: 'pem' });
      return `${text}.${crypto.createHmac('sha256', secret).update(text).digest('base64url')}`;
    }
    if (bend?.signature === 'stranger') return sign({ ...makeKey(key.alg, key.kid) }, header, payload);
    return sign(key, header, payload);
  }

  function fault(kind, response) {
    if (kind === '500') { response.writeHead(500); response.end('no'); } else if (kind === 'redirect') {
      response.writeHead(302, { Location: `${issuer}/elsewhere` });
      response.end();
    } else if (kind === 'huge') {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const more = () => { while (!response.destroyed && response.write('x'.repeat(65_536))); };
      response.on('drain', more);
      more();
    } else if (kind === 'drip') {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(timer));
    } // "hang": never a word
  }

  function control(wish) {
    if (wish.accounts) for (const [login, claims] of Object.entries(wish.accounts)) accounts.set(login, claims);
    if ('bend' in wish) bend = wish.bend;
    if (wish.fault) wish.fault.kind ? faults.set(wish.fault.at, wish.fault.kind) : faults.delete(wish.fault.at);
    if (wish.rotate) { keys = keys.map((k) => makeKey(k.alg, `${k.kid}-${rotations}`)); rotations += 1; }
  }

  server.on('connection', (socket) => { sockets.add(socket); socket.on('close', () => sockets.delete(socket)); });
  server.on('request', (request, response) => {
    const { pathname } = new URL(request.url, issuer);
    const kind = faults.get(pathname) ?? faults.get('*');
    if (pathname === '/token') seen.token += 1;
    if (pathname.startsWith('/.well-known/')) seen.discovery += 1;
    if (pathname === '/jwks') seen.jwks += 1;
    if (kind) return fault(kind, response);
    if (pathname === '/jwks') {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'max-age=3600' });
      return response.end(JSON.stringify({ keys: keys.map((k) => k.jwk) }));
    }
    if (pathname === '/token') {
      const end = response.end.bind(response);
      response.end = (body, ...rest) => {
        try {
          const answer = JSON.parse(body);
          if (answer.id_token) {
            answer.id_token = signedAnew(answer.id_token, signs);
            const text = JSON.stringify(answer);
            response.setHeader('Content-Length', Buffer.byteLength(text));
            return end(text);
          }
        } catch { /* as it is */ }
        return end(body, ...rest);
      };
    }
    return plain(request, response);
  });
  let signs = 'RS256';

  return {
    issuer, port, control, seen,
    signWith: (alg) => { signs = alg; },
    /** From now on with these clients, as oidc-provider describes them. */
    know(clients) { plain = make(clients).callback(); },
    /** As if the machine were gone: connections are cut, the port is shut. */
    async kill() {
      const closed = new Promise((done) => { server.close(done); });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
