// Files handed in through the real program, its worker a process of its own, and a real clamd: what is declared in time counts, bytes
// come after it, scanners and workers die in the middle.
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

const school = 'north-hill', password = 'bell-at-nine', marker = 'BW-EVIL-MARKER';
const clamdPath = '/usr/sbin/clamd';
const skip = fs.existsSync(clamdPath) ? false : 'NOT TESTED: there is no clamd (clamav-daemon)';
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });
let server, dir, clamd, worker, ada, grace, admin, assignment, keys = 0;

// ---- the parts ----

function startClamd() {
  const own = process.getuid() === 0 ? Object.fromEntries(['uid', 'gid'].map((id) => [id, Number(execFileSync('id', [`-${id[0]}`, 'clamav'], { encoding: 'utf8' }))])) : {};
  if (own.uid) execFileSync('chown', ['-R', `${own.uid}:${own.gid}`, path.join(dir, 'clamd')]);
  clamd = spawn(clamdPath, ['-c', path.join(dir, 'clamd', 'clamd.conf')], { stdio: 'ignore', ...own });
  return eventually('clamd answers', () => new Promise((done) => {
    import('node:net').then(({ default: net }) => {
      const line = net.connect(socket(), () => line.write('zPING\0'));
      line.on('data', () => { line.destroy(); done(true); }).on('error', () => done(false));
    });
  }), 20_000);
}
const socket = () => path.join(dir, 'clamd', 'c');
function prepareClamd() {
  const at = path.join(dir, 'clamd');
  for (const name of ['', 'db', 'tmp']) fs.mkdirSync(path.join(at, name));
  fs.writeFileSync(path.join(at, 'db', 'test.ndb'), `Bw.Test.Body-1:0:*:${Buffer.from(marker).toString('hex')}\n`);
  fs.writeFileSync(path.join(at, 'clamd.conf'), ['Foreground yes', `LocalSocket ${socket()}`, `DatabaseDirectory ${at}/db`, `TemporaryDirectory ${at}/tmp`,
    'StreamMaxLength 8M', 'MaxThreads 2', 'ReadTimeout 60', 'CommandReadTimeout 30', 'SelfCheck 0', 'Bytecode no', 'FixStaleSocket yes', ''].join('\n'));
}
function ended(child) {
  return child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((done) => { child.once('exit', done); });
}
async function kill(child, signal = 'SIGKILL') {
  child.kill(signal);
  await ended(child);
}

function startWorker() {
  const data = path.join(dir, 'worker');
  if (!fs.existsSync(data)) {
    fs.mkdirSync(path.join(data, 'secrets'), { recursive: true });
    for (const name of fs.readdirSync(path.join(server.data, 'secrets'))) fs.symlinkSync(path.join(server.data, 'secrets', name), path.join(data, 'secrets', name));
  }
  const log = fs.openSync(path.join(dir, 'worker.log'), 'a');
  worker = spawn(process.env.BW_BINARY, ['serve', '--data', data, '--roles', 'worker', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0',
    '--files', path.join(server.data, 'files'), '--clamd', socket()], { stdio: ['ignore', log, log] });
}

/** As its superuser: a minute is the least grace there is, and nobody waits for it here. */
const sql = (text) => execFileSync('psql', ['-X', '-q', '-h', path.join(server.data, 'pg', 'sock'), '-U', 'bw', '-d', 'bellwether', '-c', text]);

async function as(username) {
  const answer = await server.request(school, 'POST', '/v1/sessions', { body: { username, password } });
  assert.equal(answer.status, 201, answer.text);
  return { Authorization: `Bearer ${answer.json().access_token}` };
}
async function ask(who, method, target, body, headers = {}) {
  const answer = await server.request(school, method, target, { headers: { ...who, ...headers }, body });
  return { ...answer, body: answer.text && answer.json() };
}

/** An assignment that ada is asked for and grace teaches; from now on it asks for files, due in so many seconds. */
async function askForFiles(seconds, more = {}) {
  const all = (await ask(ada, 'GET', '/v1/assignments')).body.data;
  for (const { assignment_id: id } of all) {
    const { headers } = await ask(grace, 'GET', `/v1/assignments/${id}`);
    if (headers.etag === undefined) continue;
    const set = await ask(grace, 'PATCH', `/v1/assignments/${id}`,
      { kind: 'file', due_at: new Date(Date.now() + 1000 * seconds).toISOString(), late_seconds_limit: 0, upload_grace_seconds: 3600, ...more }, { 'If-Match': headers.etag });
    if (set.status === 200) return id;
  }
  throw new Error('nobody is asked for anything');
}
async function declare(contents, key = `files-${++keys}`) {
  const files = contents.map((bytes, i) => ({ name: `page ${i}.txt`, size: bytes.length, media_type: 'text/plain', sha256: sha256(bytes) }));
  const answer = await ask(ada, 'POST', '/v1/submissions', { assignment_id: assignment, files }, { 'Idempotency-Key': key });
  assert.equal(answer.status, 202, answer.text);
  return answer.body.submission_id;
}
function upload(who, bytes, said = sha256(bytes)) {
  return new Promise((done, failed) => {
    const one = new tus.Upload(bytes, { endpoint: `http://127.0.0.1:${server.port}/v1/uploads`, headers: { ...who, Host: `${school}.localhost:${server.port}` },
      retryDelays: [], metadata: { filename: 'x', sha256: said }, onError: failed, onSuccess: () => done(one) });
    one.start();
  });
}
const seen = async (id, who = ada) => (await ask(who, 'GET', `/v1/submissions/${id}`)).body;
const comesTo = (id, state, ms = 60_000) => eventually(`it is ${state}`, async () => {
  const { files } = await seen(id);
  return files?.[0]?.state === state && files;
}, ms);
const jobsOf = async (kind, state) => (await ask(admin, 'GET', `/v1/jobs?kind=${kind}&state=${state}`)).body.data;
function got(target) {
  return new Promise((done, failed) => {
    http.get({ host: '127.0.0.1', port: server.port, path: target, headers: { Host: `${school}.localhost:${server.port}` } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part)).on('end', () => done({ status: answer.statusCode, bytes: Buffer.concat(parts) }));
    }).on('error', failed);
  });
}

before(async () => {
  if (skip) return;
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'bw-handed-in-'));
  fs.chmodSync(dir, 0o755);
  prepareClamd();
  await startClamd();
  server = await startServer(process.env.BW_BINARY, ['--files-mib-kept-free', '0', '--roles', 'auth,api,intake,operator']);
  startWorker();
  [ada, grace, admin] = await Promise.all(['ada', 'grace', 'admin'].map(as));
});
after(async () => {
  if (worker) await kill(worker);
  if (clamd) await kill(clamd);
  await server?.stop();
  if (dir) fs.rmSync(dir, { recursive: true, force: true });
});

// ---- the tests ----

test('what is declared before the deadline is in time, though its bytes come after it', { skip }, async () => {
  assignment = await askForFiles(3);
  const bytes = crypto.randomBytes(300_000);
  const id = await declare([bytes]);
  await eventually('it is recorded', async () => (await seen(id)).state === 'recorded');
  await assert.rejects(upload(ada, crypto.randomBytes(300_000), sha256(bytes)), /460/, 'other bytes than were declared');
  await eventually('the deadline is over', async () => {
    const late = await ask(ada, 'POST', '/v1/submissions', { assignment_id: assignment, files: [{ name: 'a', size: 1, sha256: sha256('x') }] }, { 'Idempotency-Key': `late-${++keys}` });
    await sleep(300);
    return (await seen(late.body.submission_id)).reason === 'too_late';
  });
  assert.equal((await seen(id)).files[0].state, 'awaiting', 'and the declaration still waits');
  const one = await upload(ada, bytes);
  const [file] = await comesTo(id, 'clean');
  assert.equal(file.late, false);
  const whole = await seen(id, grace);
  assert.deepEqual([whole.state, whole.late, whole.files_complete], ['recorded', false, true]);
  const link = await ask(grace, 'POST', `/v1/submission-files/${file.file_id}/link`);
  assert.equal(link.status, 201, link.text);
  const out = await got(link.body.path);
  assert.equal(sha256(out.bytes), sha256(bytes));
  const removed = await ask(ada, 'DELETE', new URL(one.url).pathname, undefined, { 'Tus-Resumable': '1.0.0' });
  assert.equal(removed.status, 409, 'it stays with what was handed in');
});

test('bytes that never come are missing, and the submission says so', { skip }, async () => {
  assignment = await askForFiles(1, { upload_grace_seconds: 60 });
  const id = await declare([Buffer.from('never')]);
  await eventually('it is recorded', async () => (await seen(id)).state === 'recorded');
  await eventually('its end is awaited', async () => (await jobsOf('submission.files_due', 'scheduled')).some((job) => JSON.stringify(job).includes(id)));
  const told = await seen(id);
  assert.deepEqual(told.file_counts, { declared: 1, awaiting: 1, missing: 0, infected: 0 });
  sql("update submission_files set upload_until = now() where state = 'awaiting'; update jobs set due_at = now() where kind = 'submission.files_due'");
  await comesTo(id, 'missing');
  const missing = await seen(id, grace);
  assert.deepEqual([missing.state, missing.files_complete], ['recorded', false]);
  await upload(ada, Buffer.from('never'));
  const [file] = await comesTo(id, 'clean');
  assert.equal(file.late, true, 'kept, and told to be late');
});

test('a virus goes out to nobody', { skip }, async () => {
  assignment = await askForFiles(3600);
  const bytes = Buffer.concat([crypto.randomBytes(700_000), Buffer.from(marker), crypto.randomBytes(700_000)]);
  const id = await declare([bytes]);
  const one = await upload(ada, bytes);
  const [file] = await comesTo(id, 'infected');
  assert.equal(file.finding, 'Bw.Test.Body-1.UNOFFICIAL');
  for (const who of [ada, grace, admin]) assert.equal((await ask(who, 'POST', `/v1/submission-files/${file.file_id}/link`)).status, 409);
  assert.equal((await ask(ada, 'POST', `${new URL(one.url).pathname}/link`)).status, 409);
  assert.equal((await seen(id, grace)).file_counts.infected, 1);
});

test('while clamd is away, or dies midway, work waits and nothing is clean', { skip }, async () => {
  const bytes = crypto.randomBytes(3_000_000); // more than a socket holds
  clamd.kill('SIGSTOP');
  const id = await declare([bytes]);
  await upload(ada, bytes);
  await eventually('it is being scanned', async () => (await jobsOf('file.scan', 'running')).length === 1);
  await kill(clamd);
  const [waits] = await eventually('the scan is put off', async () => {
    const put = await jobsOf('file.scan', 'scheduled');
    return put.length === 1 && put;
  });
  assert.equal((await seen(id)).files[0].state, 'arrived');
  await startClamd();
  await ask(admin, 'POST', `/v1/jobs/${waits.job_id}/retry`);
  await comesTo(id, 'clean');
});

test('a worker that is killed midway: another one does it, once', { skip }, async () => {
  const before = (await jobsOf('file.scan', 'completed')).length;
  const bytes = crypto.randomBytes(3_000_000);
  clamd.kill('SIGSTOP');
  const id = await declare([bytes]);
  await upload(ada, bytes);
  await eventually('it is being scanned', async () => (await jobsOf('file.scan', 'running')).length === 1);
  await kill(worker, 'SIGKILL');
  clamd.kill('SIGCONT');
  startWorker();
  await comesTo(id, 'clean', 120_000);
  assert.equal((await jobsOf('file.scan', 'completed')).length, before + 1);
  const all = await seen(id);
  assert.equal(all.files_complete, true);
});
