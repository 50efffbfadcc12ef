// The report process beside a server of a test: it keeps a store of its own, and the app asks it at the same origin.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { eventually } from './bellwether.mjs';

const freePort = () => new Promise((done) => { const server = net.createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => done(port)); }); });

export async function startReports(app) {
  const data = `${app.server.data}-report`, port = await freePort();
  fs.mkdirSync(path.join(data, 'secrets'), { recursive: true, mode: 0o700 });
  for (const file of fs.readdirSync(path.join(app.server.data, 'secrets'))) if (!file.includes('bw_operator.')) fs.symlinkSync(path.join(app.server.data, 'secrets', file), path.join(data, 'secrets', file));
  let child;
  const start = () => { child = spawn(process.env.BW_BINARY, ['serve', '--roles', 'report', '--data', data, '--listen', `127.0.0.1:${port}`, '--admin-listen', '127.0.0.1:0'], { stdio: ['ignore', fs.openSync(`${data}.log`, 'a'), fs.openSync(`${data}.log`, 'a')] }); };
  const end = (signal) => new Promise((done) => { if (child.exitCode !== null || child.signalCode !== null) return done(); child.once('exit', done); child.kill(signal); });
  start();
  const ask = (target, headers) => new Promise((done, failed) => {
    const out = http.request({ host: '127.0.0.1', port, path: target, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => done({ status: answer.statusCode, headers: answer.headers, text })).on('error', failed);
    });
    out.on('error', failed);
    out.end();
  });
  const away = { status: 503, headers: { 'content-type': 'application/problem+json', 'retry-after': '1' }, text: JSON.stringify({ type: 'urn:x', title: 'unavailable', status: 503, code: 'unavailable', detail: 'x', request_id: '0', retryable: true }) };
  const passed = async (route) => { const url = new URL(route.request().url()); return ask(url.pathname + url.search, { ...(await route.request().allHeaders()), host: url.host }).catch(() => away); };
  await app.context.route(/\/v1\/reports(\/|\?|$)/, async (route) => { const { status, headers, text } = await passed(route); await route.fulfill({ status, headers, body: text }); });
  return {
    end, start, passed,
    /** Until a report tells of what is so now. */
    async heard(who, section) {
      const now = Date.now();
      await eventually('reports have heard of it', async () => {
        const { status, text } = await ask(`/v1/reports/class_progress?section=${section}`, { host: `north-hill.localhost:${port}`, ...who });
        return status === 200 && Date.parse(JSON.parse(text).as_of) > now;
      }, 30_000);
    },
    async stop() { await end('SIGTERM'); fs.rmSync(data, { recursive: true, force: true, maxRetries: 5 }); },
  };
}
