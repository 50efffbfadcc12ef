// Starts the real server with the demo, in a directory of its own, and ends it. Nothing here knows what is checked.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

/** Asks `probe` until it answers something true; throws what it said last when the time is over: more than the 20 s for which a client may ask again. */
export async function eventually(what, probe, ms = 30_000) {
  const end = Date.now() + ms;
  for (let last; ; await sleep(50)) {
    try {
      last = await probe();
      if (last) return last;
    } catch (error) { last = error; }
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`, { cause: last });
  }
}

function freePort() {
  return new Promise((done, failed) => {
    const server = net.createServer().on('error', failed).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** `bellwether up` on a free port, with more options if wanted, and without the demo's lessons, which are others on each day; with `reports` their process too; `prepare(data directory)` comes before.
 * With $BW_DEMO (test_demo.cpp) it begins with a copy of that. Requests go to 127.0.0.1 and name the institution in Host: not every system resolves *.localhost. */
export async function startServer(binary, options = [], prepare = () => {}, { reports = false } = {}) {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'bw-server-'));
  fs.chmodSync(data, 0o711); // as root the database runs as a user of its own, who must pass through
  const port = await freePort();
  if (process.env.BW_DEMO) execFileSync('cp', ['-a', `${process.env.BW_DEMO}/.`, path.join(data, 'data')]); // with the owner of each file
  prepare(path.join(data, 'data'));
  const log = fs.createWriteStream(path.join(data, 'up.log'));
  await new Promise((done) => { log.once('open', done); });
  const child = spawn(binary, ['up', '--data', path.join(data, 'data'), '--listen', `127.0.0.1:${port}`,
    '--admin-listen', '127.0.0.1:0', '--no-replica', '--no-timetable', ...(reports ? [] : ['--no-reports']), ...options], { stdio: ['ignore', log, log] });
  let ended = null;
  const end = new Promise((done) => {
    child.once('error', (error) => done(ended = error.message));
    child.once('exit', (code, signal) => done(ended = `exit ${code ?? signal}`));
  });
  const said = () => fs.readFileSync(path.join(data, 'up.log'), 'utf8').slice(-4000);

  function admin(target) {
    const address = fs.readFileSync(path.join(data, 'data', 'run', 'admin-address'), 'utf8').trim();
    return fetch(`http://${address}${target}`, { signal: AbortSignal.timeout(10_000) });
  }

  const server = {
    port,
    data: path.join(data, 'data'),
    origin: (slug) => `http://${slug ? `${slug}.` : ''}localhost:${port}`,
    /** `announced`: a length that is said; what is beyond the body is not sent. */
    request(slug, method, target, { headers = {}, body, announced } = {}) {
      return new Promise((done, failed) => {
        const text = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
        const json = text !== body && { 'Content-Type': 'application/json' }; // text and bytes go as they are, of the type the caller says
        const out = http.request({ host: '127.0.0.1', port, method, path: target, timeout: 10_000,
          headers: { Host: `${slug ? `${slug}.` : ''}localhost:${port}`, ...json, ...(text !== undefined && { 'Content-Length': announced ?? Buffer.byteLength(text) }), ...headers } },
        (answer) => {
          let all = '';
          answer.setEncoding('utf8').on('data', (part) => { all += part; });
          answer.on('end', () => { if (announced !== undefined) out.destroy(); done({ status: answer.statusCode, headers: answer.headers, text: all, json: () => JSON.parse(all) }); }).on('error', failed);
        });
        out.on('error', failed).on('timeout', () => out.destroy(new Error('no answer in time')));
        if (announced === undefined) out.end(text);
        else out.write(text);
      });
    },
    /** What the admin listener's /readyz says: the state of every part. */
    async readiness() { return (await admin('/readyz')).json(); },
    async metrics() { return (await admin('/metrics')).text(); },
    async stop() {
      if (ended === null) child.kill('SIGTERM');
      let timer; // cleared: what nobody waits for any more must not keep this process
      const late = await Promise.race([end.then(() => false), new Promise((done) => { timer = setTimeout(done, 20_000, true); })]);
      clearTimeout(timer);
      if (late) child.kill('SIGKILL');
      const tail = said();
      fs.rmSync(data, { recursive: true, force: true, maxRetries: 5 });
      if (late) throw new Error(`the server did not stop within 20 s of SIGTERM:\n${tail}`);
    },
  };
  try {
    await eventually('the server signs the demo student in', async () => {
      if (ended !== null) return true;
      const answer = await server.request('north-hill', 'POST', '/v1/sessions', { body: { username: 'ada', password: 'bell-at-nine' } });
      return answer.status === 201;
    }, 90_000);
    if (ended !== null) throw new Error(`the server ended: ${ended}`);
  } catch (error) {
    const tail = said();
    await server.stop().catch(() => {});
    throw new Error(`${error.message}\n${tail}`, { cause: error });
  }
  return server;
}
