// Uploads and downloads through the real program: by tus-js-client over a line that breaks, by hand where a client should do wrong.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as tus from 'tus-js-client';
import { eventually, startServer } from '../support/server.mjs';
import { startLine } from '../support/line.mjs';

const north = 'north-hill', south = 'river-valley', password = 'bell-at-nine';
let server, line, disk = null;

const bytesOf = (size) => crypto.createHash('sha256').update(String(size)).digest().toString('latin1').repeat(Math.ceil(size / 32)).slice(0, size);
const content = (size) => Buffer.from(bytesOf(size), 'latin1');
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const host = (slug) => `${slug}.localhost:${server.port}`;

async function as(slug, username) {
  const answer = await server.request(slug, 'POST', '/v1/sessions', { body: { username, password } });
  assert.equal(answer.status, 201, answer.text);
  return { Authorization: `Bearer ${answer.json().access_token}` };
}
const tusHeaders = { 'Tus-Resumable': '1.0.0' };
const bytesType = { 'Content-Type': 'application/offset+octet-stream' };

async function created(slug, who, size, more = {}) {
  const answer = await server.request(slug, 'POST', '/v1/uploads', { headers: { ...who, ...tusHeaders, 'Upload-Length': String(size), ...more } });
  assert.equal(answer.status, 201, answer.text);
  return answer.headers.location;
}
const patched = (slug, who, at, offset, bytes, more = {}) =>
  server.request(slug, 'PATCH', at, { headers: { ...who, ...tusHeaders, ...bytesType, 'Upload-Offset': String(offset), ...more }, body: bytes });
const headed = (slug, who, at) => server.request(slug, 'HEAD', at, { headers: { ...who, ...tusHeaders } });

/** A PATCH that has sent some of what it announced, and then says nothing. */
function hanging(slug, who, at, offset, announced, bytes) {
  const out = http.request({ host: '127.0.0.1', port: server.port, method: 'PATCH', path: at,
    headers: { Host: host(slug), ...who, ...tusHeaders, ...bytesType, 'Upload-Offset': String(offset), 'Content-Length': announced } });
  const answer = new Promise((done) => { out.on('response', (r) => { r.resume(); done(r.statusCode); }).on('error', (e) => done(e.code)); });
  out.write(bytes);
  return { answer, end: () => out.destroy() };
}

/** By tus-js-client over the line; the upload's path. */
function uploaded(slug, who, bytes, options = {}) {
  return new Promise((done, failed) => {
    const upload = new tus.Upload(bytes, { endpoint: `http://127.0.0.1:${line.port}/v1/uploads`, headers: { ...who, Host: host(slug) },
      retryDelays: Array(150).fill(200), metadata: { filename: 'lecture.bin', filetype: 'application/octet-stream', sha256: sha256(bytes) }, ...options,
      onError: failed, onSuccess: () => done(new URL(upload.url).pathname) });
    upload.start();
  });
}

async function linkOf(slug, who, at) {
  const answer = await server.request(slug, 'POST', `${at}/link`, { headers: who });
  assert.equal(answer.status, 201, answer.text);
  return answer.json().path;
}
function got(slug, target, headers = {}) {
  return new Promise((done, failed) => {
    http.get({ host: '127.0.0.1', port: server.port, path: target, headers: { Host: host(slug), ...headers } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part)).on('end', () => done({ status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(parts) }));
    }).on('error', failed);
  });
}
async function holds(slug, who, at, bytes) {
  const answer = await got(slug, await linkOf(slug, who, at));
  assert.equal(answer.status, 200);
  assert.equal(sha256(answer.bytes), sha256(bytes));
}

before(async () => {
  const options = ['--files-mib-kept-free', '0'];
  try {
    const at = fs.mkdtempSync(path.join(os.tmpdir(), 'bw-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128m', 'tmpfs', at], { stdio: 'ignore' });
    disk = at;
    options.push('--files', at);
  } catch { /* not root: the check of the full disk says so */ }
  server = await startServer(process.env.BW_BINARY, options);
  line = await startLine(server.port);
}, { timeout: 120_000 });

after(async () => {
  line?.stop();
  await server?.stop();
  if (disk) execFileSync('umount', ['-l', disk]);
}, { timeout: 60_000 });

test('an upload whose connection breaks again and again, and whose server is killed, comes whole', { timeout: 120_000 }, async () => {
  const ada = await as(north, 'ada'), bytes = content(24 << 20);
  line.cuts = [1 << 20, 5 << 20, 100, 3 << 20, 200_000];
  line.cut = 0;
  line.onCut = (n) => { if (n === 3) process.kill(Number(fs.readFileSync(path.join(server.data, 'run', 'serve.pid'), 'utf8')), 'SIGKILL'); };
  const at = await uploaded(north, ada, bytes);
  line.onCut = undefined;
  assert.equal(line.cut, 5, 'the line was not as bad as it should have been');
  await holds(north, ada, at, bytes);
});

test('what came before a cut is not sent again', { timeout: 30_000 }, async () => {
  const ada = await as(north, 'ada'), bytes = content(4 << 20);
  line.cuts = [3 << 20];
  line.sent = 0;
  await uploaded(north, ada, bytes);
  assert.ok(line.sent < 5.5 * (1 << 20), `${line.sent} bytes for 4 MiB, cut at 3 MiB`);
});

test('100 kbit/s with drops completes', { timeout: 60_000 }, async () => {
  const ada = await as(north, 'ada'), bytes = content(75_000);
  line.rate = 12_500;
  line.cuts = [20_000, 30_000];
  try {
    await holds(north, ada, await uploaded(north, ada, bytes), bytes);
  } finally { line.rate = 0; }
  assert.deepEqual(line.cuts, []);
});

test('parts that go in parallel are joined', { timeout: 30_000 }, async () => {
  const ada = await as(north, 'ada'), bytes = content(5_000_001);
  const at = await uploaded(north, ada, bytes, { parallelUploads: 3, metadataForPartialUploads: {} });
  await holds(north, ada, at, bytes);
});

test('a newer HEAD takes over at once from a connection that hangs, with all that came', async () => {
  const ada = await as(north, 'ada'), bytes = content(1000);
  const at = await created(north, ada, bytes.length);
  let old;
  await eventually('what came is there', async () => { // a HEAD that is faster than the bytes ends their writer, too: then once more
    old = hanging(north, ada, at, 0, 1000, bytes.subarray(0, 300));
    await new Promise((done) => { setTimeout(done, 50); });
    const { headers } = await headed(north, ada, at);
    assert.equal(await old.answer, 409, 'the older one hears that it was superseded');
    return headers['upload-offset'] === '300';
  }, 20_000);
  const rest = await patched(north, ada, at, 300, bytes.subarray(300));
  assert.equal(rest.status, 204, rest.text);
  await holds(north, ada, at, bytes);
});

test('of two that write at once one wins, and nothing mixes', async () => {
  const ada = await as(north, 'ada');
  const at = await created(north, ada, 8);
  const first = hanging(north, ada, at, 0, 8, 'aaaa');
  await new Promise((done) => { setTimeout(done, 100); });
  const second = await patched(north, ada, at, 0, 'bbbbbbbb');
  assert.ok([204, 409].includes(second.status), second.text);
  first.end();
  const { headers } = await headed(north, ada, at);
  const offset = Number(headers['upload-offset']);
  assert.ok([4, 8].includes(offset), `${offset}`);
  if (offset === 4) assert.equal((await patched(north, ada, at, 4, 'aaaa')).status, 204);
  const whole = (await got(north, await linkOf(north, ada, at))).bytes.toString();
  assert.ok(['aaaaaaaa', 'bbbbbbbb'].includes(whole), whole);
});

test('a disk that fills up refuses, keeps what it has, and goes on when there is room', { timeout: 60_000 }, async (t) => {
  if (!disk) return t.skip('NOT TESTED: mounting a tmpfs needs root');
  const ada = await as(north, 'ada'), bytes = content(8 << 20);
  const at = await created(north, ada, bytes.length);
  const { bavail, bsize } = fs.statfsSync(disk);
  const filler = path.join(disk, 'filler');
  fs.writeFileSync(filler, Buffer.alloc(Number(bavail) * Number(bsize) - (3 << 20)));
  const refused = await patched(north, ada, at, 0, bytes).catch((error) => ({ status: error.code }));
  assert.ok([503, 'ECONNRESET', 'EPIPE'].includes(refused.status), `${refused.status}`);
  if (refused.status === 503) assert.equal(refused.json().code, 'storage_full');
  const offset = Number((await headed(north, ada, at)).headers['upload-offset']);
  assert.ok(offset > 0 && offset < bytes.length, `${offset}`);
  const another = await server.request(north, 'POST', '/v1/uploads', { headers: { ...ada, ...tusHeaders, 'Upload-Length': String(8 << 20) } });
  assert.deepEqual([another.status, another.json().code], [503, 'storage_full'], 'what cannot fit is refused before it is sent');
  fs.rmSync(filler);
  assert.equal((await patched(north, ada, at, offset, bytes.subarray(offset))).status, 204);
  await holds(north, ada, at, bytes);
});

test('checksums: of a request, and of the whole', async () => {
  const ada = await as(north, 'ada'), sha1 = (text) => `sha1 ${crypto.createHash('sha1').update(text).digest('base64')}`;
  const at = await created(north, ada, 5);
  const wrong = await patched(north, ada, at, 0, 'hellO', { 'Upload-Checksum': sha1('hello') });
  assert.deepEqual([wrong.status, wrong.json().field], [460, 'Upload-Checksum']);
  assert.equal((await headed(north, ada, at)).headers['upload-offset'], '0');
  assert.equal((await patched(north, ada, at, 0, 'hello', { 'Upload-Checksum': sha1('hello') })).status, 204);
  const declared = await created(north, ada, 5, { 'Upload-Metadata': `sha256 ${Buffer.from(sha256('hello')).toString('base64')}` });
  assert.equal((await patched(north, ada, declared, 0, 'hellO')).status, 460);
  assert.equal((await headed(north, ada, declared)).status, 404, 'a client begins anew');
  assert.equal((await server.request(north, 'GET', declared, { headers: ada })).json().state, 'refused');
});

test('the protocol is spoken as written', async () => {
  const ada = await as(north, 'ada');
  const options = await server.request(north, 'OPTIONS', '/v1/uploads');
  assert.equal(options.status, 204);
  assert.equal(options.headers['tus-version'], '1.0.0');
  assert.ok(options.headers['tus-extension'].split(',').includes('concatenation'));
  const late = await server.request(north, 'POST', '/v1/uploads', { headers: { ...ada, 'Tus-Resumable': '0.2.2', 'Upload-Length': '5' } });
  assert.deepEqual([late.status, late.headers['tus-version']], [412, '1.0.0']);
  const both = await server.request(north, 'POST', '/v1/uploads', { headers: { ...ada, ...tusHeaders, ...bytesType, 'Upload-Length': '5' }, body: 'hel' });
  assert.deepEqual([both.status, both.headers['upload-offset']], [201, '3']);
  assert.ok(Date.parse(both.headers['upload-expires']) > Date.now());
  const conflict = await patched(north, ada, both.headers.location, 2, 'lo');
  assert.deepEqual([conflict.status, conflict.json().field], [409, 'Upload-Offset']);
  const gone = await server.request(north, 'DELETE', both.headers.location, { headers: { ...ada, ...tusHeaders } });
  assert.equal(gone.status, 204);
  assert.equal((await headed(north, ada, both.headers.location)).status, 404);
});

test('downloads: ranges, conditions, and links that are not good', async () => {
  const ada = await as(north, 'ada'), bytes = content(300_000);
  const at = await created(north, ada, bytes.length, { 'Upload-Metadata': `filename ${Buffer.from('Übung 1.html').toString('base64')},filetype ${Buffer.from('text/html').toString('base64')}` });
  assert.equal((await server.request(north, 'POST', `${at}/link`, { headers: ada })).status, 409, 'there is no file yet');
  await patched(north, ada, at, 0, bytes);
  const link = await linkOf(north, ada, at), whole = await got(north, link);
  assert.equal(whole.headers['content-type'], 'application/octet-stream', 'nothing uploaded runs as a page');
  assert.equal(whole.headers['content-disposition'], "attachment; filename*=UTF-8''%C3%9Cbung%201.html");
  const etag = whole.headers.etag;
  for (const [headers, status, first, last] of [[{ Range: 'bytes=0-0' }, 206, 0, 1], [{ Range: 'bytes=1000-' }, 206, 1000, 300_000], [{ Range: 'bytes=-7' }, 206, 299_993, 300_000],
    [{ Range: 'bytes=5-9', 'If-Range': etag }, 206, 5, 10], [{ Range: 'bytes=5-9', 'If-Range': '"other"' }, 200, 0, 300_000], [{ Range: 'bytes=1-2,4-5' }, 200, 0, 300_000]]) {
    const answer = await got(north, link, headers);
    assert.equal(answer.status, status, JSON.stringify(headers));
    assert.ok(answer.bytes.equals(bytes.subarray(first, last)), JSON.stringify(headers));
    if (status === 206) assert.equal(answer.headers['content-range'], `bytes ${first}-${last - 1}/300000`);
  }
  const behind = await got(north, link, { Range: 'bytes=300000-' });
  assert.deepEqual([behind.status, behind.headers['content-range']], [416, 'bytes */300000']);
  assert.equal((await got(north, link, { 'If-None-Match': etag })).status, 304);
  const other = await created(north, ada, 1);
  for (const bad of [link.slice(0, -1), link.replace(/expires=\d/, 'expires=9'), link.replace(/upl_[0-9a-f]+/, other.match(/upl_[0-9a-f]+/)[0])]) assert.equal((await got(north, bad)).status, 403, bad);
  assert.equal((await got(south, link)).status, 403, 'at another institution it is worth nothing');
});

test('nobody reaches what is not theirs', async () => {
  const ada = await as(north, 'ada'), at = await created(north, ada, 5);
  await patched(north, ada, at, 0, 'hel');
  for (const [slug, name] of [[north, 'grace'], [north, 'admin'], [south, 'ada']]) {
    const stranger = await as(slug, name);
    const answers = [await headed(slug, stranger, at), await server.request(slug, 'GET', at, { headers: stranger }), await patched(slug, stranger, at, 3, 'LO'),
      await server.request(slug, 'DELETE', at, { headers: { ...stranger, ...tusHeaders } }), await server.request(slug, 'POST', `${at}/link`, { headers: stranger }),
      await server.request(slug, 'POST', '/v1/uploads', { headers: { ...stranger, ...tusHeaders, 'Upload-Concat': `final;${at}` } })];
    assert.deepEqual(answers.map((a) => a.status), [404, 404, 404, 404, 404, 400], `${name} of ${slug}`);
  }
  assert.equal((await headed(north, ada, at)).headers['upload-offset'], '3');
});

test('one finds one\'s own uploads, and what room they take', async () => {
  const before = (await server.request(north, 'GET', '/v1/uploads?limit=1', { headers: await as(north, 'grace') })).json();
  const grace = await as(north, 'grace'), open = await created(north, grace, 7), done = await created(north, grace, 3);
  await patched(north, grace, done, 0, 'abc');
  const listed = async (query) => (await server.request(north, 'GET', `/v1/uploads${query}`, { headers: grace })).json();
  const first = await listed('?limit=1'), ids = (page) => page.data.map((u) => `/v1/uploads/${u.upload_id}`);
  assert.deepEqual(ids(first), [done], 'the newest first');
  assert.equal(first.bytes - before.bytes, 10);
  assert.deepEqual(ids(await listed(`?limit=1&cursor=${first.next}`)), [open]);
  assert.deepEqual(ids(await listed('?state=open')), [open]);
  assert.equal((await server.request(north, 'GET', '/v1/uploads?state=gone', { headers: grace })).status, 422);
  const parts = await server.request(north, 'POST', `${open}/parts`, { headers: grace, body: { first: 1, count: 1 } });
  assert.deepEqual([parts.status, first.data[0].parts_path], [409, null], 'a directory takes no parts, and says how bytes come');
  assert.match(parts.json().detail, /PATCH/);
});

/** Parts straight to the store, as a browser would: what a URL is given for, and nothing else. */
async function sentStraight(who, other, fault) {
  const bytes = content(20_000_001), at = await created(north, who, bytes.length, { 'Upload-Metadata': `sha256 ${Buffer.from(sha256(bytes)).toString('base64')}` });
  const ask = (method, path, body, by = who) => server.request(north, method, path, { headers: by, body });
  const upload = (await ask('GET', at)).json(), parts = upload.parts_path;
  assert.equal(parts, `${at}/parts`);
  for (const [method, path, body] of [['POST', parts, { first: 1, count: 1 }], ['GET', parts], ['POST', `${parts}:complete`]]) assert.equal((await ask(method, path, body, other)).status, 404, `${method} of a stranger`);
  assert.equal((await ask('POST', parts, { first: 1, count: 101 })).status, 422);
  assert.deepEqual((await ask('POST', parts, { first: 4, count: 1 })).json().field, '/first', 'it has three');
  assert.equal((await ask('POST', `${parts}:complete`)).status, 409, 'nothing was sent');
  const signed = (await ask('POST', parts, { first: 1, count: 100 })).json();
  assert.deepEqual(signed.parts.map((p) => [p.number, p.offset, p.bytes]), [[1, 0, 8 << 20], [2, 8 << 20, 8 << 20], [3, 16 << 20, bytes.length - (16 << 20)]]);
  const minutes = (Date.parse(signed.expires_at) - Date.now()) / 60_000;
  assert.ok(minutes > 13 && minutes < 16, `${minutes}`);
  const put = async (part) => (await fetch(part.url, { method: 'PUT', body: bytes.subarray(part.offset, part.offset + part.bytes) })).status;
  assert.equal(await put({ ...signed.parts[1], bytes: 100 }), 403, 'another length than was signed');
  fault('500 1');
  assert.deepEqual([await put(signed.parts[2]), await put(signed.parts[2]), await put(signed.parts[0])], [500, 200, 200]);
  const missing = await ask('POST', `${parts}:complete`);
  assert.equal(missing.status, 409);
  assert.match(missing.json().detail, /missing: 2;/);
  assert.deepEqual((await ask('GET', parts)).json().parts.map((p) => p.number), [1, 3], 'as a client asks that comes back');
  assert.equal((await headed(north, who, at)).headers['upload-offset'], '0', 'tus takes over, and has nothing');
  const again = (await ask('POST', parts, { first: 2, count: 1 })).json();
  assert.equal(await put(again.parts[0]), 200);
  fault('500 2');
  const both = await Promise.all([ask('POST', `${parts}:complete`), ask('POST', `${parts}:complete`)]);
  for (const { status, text } of both) assert.ok([200, 202].includes(status), text);
  await eventually('it is complete', async () => (await ask('POST', `${parts}:complete`)).json().state === 'complete', 30_000);
  assert.equal((await ask('GET', at)).json().parts_path, null);
  await holds(north, who, at, bytes);
  await put(again.parts[0]);
  await holds(north, who, at, bytes);

  const bad = await created(north, who, 3, { 'Upload-Metadata': `sha256 ${Buffer.from(sha256('abc')).toString('base64')}` });
  const [only] = (await ask('POST', `${bad}/parts`, { first: 1, count: 1 })).json().parts;
  assert.equal((await fetch(only.url, { method: 'PUT', body: 'abX' })).status, 200);
  assert.equal((await ask('POST', `${bad}/parts:complete`)).status, 422, 'the hash is of what came');
  assert.equal((await ask('GET', bad)).json().state, 'refused');
}

/** A PUT of a bucket, as AWS's Signature Version 4 has it. */
function presigned(address, bucket) {
  const now = new Date().toISOString().replace(/[-:]|\.\d+/g, ''), scope = `${now.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const query = Object.entries({ 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256', 'X-Amz-Credential': `bw:app/${scope}`, 'X-Amz-Date': now, 'X-Amz-Expires': '300',
    'X-Amz-SignedHeaders': 'host' }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const hmac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();
  const key = scope.split('/').slice(1).reduce(hmac, hmac('AWS4SECRETKEY', now.slice(0, 8)));
  const canonical = `PUT\n/${bucket}\n${query}\nhost:${new URL(address).host}\n\nhost\nUNSIGNED-PAYLOAD`;
  return `${address}/${bucket}?${query}&X-Amz-Signature=${hmac(key, `AWS4-HMAC-SHA256\n${now}\n${scope}\n${sha256(canonical)}`).toString('hex')}`;
}

test('the same through an S3 server that fails now and then', { timeout: 120_000 }, async (t) => {
  if (!fs.existsSync('/usr/bin/swift-proxy-server')) return t.skip('NOT TESTED with S3: ./bw setup installs Swift');
  const at = fs.mkdtempSync(path.join(os.tmpdir(), 'bw-s3-'));
  const swift = spawn('/usr/bin/python3', [new URL('../s3/s3_server.py', import.meta.url).pathname, at], { stdio: 'ignore' });
  const [before, lineBefore] = [server, line];
  try {
    const address = await eventually('Swift answers', () => fs.readFileSync(path.join(at, 'address'), 'utf8').trim(), 40_000);
    const made = await fetch(presigned(address, 'bellwether'), { method: 'PUT' });
    assert.equal(made.status, 200, await made.text());
    server = await startServer(process.env.BW_BINARY, ['--s3-endpoint', address, '--s3-public-endpoint', address, '--s3-bucket', 'bellwether', '--s3-access-key', 'bw:app'], (data) => {
      fs.mkdirSync(path.join(data, 'secrets'), { recursive: true, mode: 0o700 });
      fs.chmodSync(data, 0o711);
      fs.writeFileSync(path.join(data, 'secrets', 's3.secret'), 'SECRETKEY\n', { mode: 0o600 });
    });
    line = await startLine(server.port);
    const ada = await as(north, 'ada'), bytes = content(20 << 20);
    line.cuts = [3 << 20, 12 << 20];
    line.onCut = () => fs.writeFileSync(path.join(at, 'fault'), '500 3');
    const path20 = await uploaded(north, ada, bytes);
    assert.deepEqual(line.cuts, []);
    await holds(north, ada, path20, bytes);
    const small = await uploaded(north, ada, content(1000), { parallelUploads: 2, metadataForPartialUploads: {} });
    await holds(north, ada, small, content(1000));
    await sentStraight(ada, await as(north, 'grace'), (how) => fs.writeFileSync(path.join(at, 'fault'), how));
    assert.equal((await server.request(north, 'DELETE', path20, { headers: { ...ada, ...tusHeaders } })).status, 204);
  } finally {
    if (line !== lineBefore) line.stop();
    if (server !== before) await server.stop();
    [server, line] = [before, lineBefore];
    swift.kill('SIGKILL');
    fs.rmSync(at, { recursive: true, force: true });
  }
});
