// Sends many wrong passwords of as many names at once through nginx and prints, as JSON, how often each status came, and how many of the refused
// were given a place to keep. Arguments: HOST PORT CA-FILE COUNT
import { readFileSync } from 'node:fs';
import https from 'node:https';

const [host, port, authority, count] = process.argv.slice(2);
const agent = new https.Agent({
  ca: readFileSync(authority), keepAlive: true, maxSockets: 2400, // more than one thread hashes in ten seconds, on a fast machine too
  lookup: (_, options, done) => done(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4),
});

const signIn = (i) => new Promise((done) => {
  const body = JSON.stringify({ username: `nobody-${i}`, password: 'wrong' });
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const request = https.request({ agent, host, port, path: '/v1/sessions', method: 'POST', headers, timeout: 120_000 }, (answer) => {
    let text = '';
    answer.on('data', (piece) => { text += piece; });
    answer.on('end', () => {
      const place = text.includes('"ticket":"');
      if (answer.statusCode === 503 && !place) console.error(text);
      done({ status: answer.statusCode, place });
    });
  });
  request.on('timeout', () => request.destroy());
  request.on('error', (error) => done({ status: error.code, place: false }));
  request.end(body);
});

const answers = await Promise.all(Array.from({ length: Number(count) }, (_, i) => signIn(i)));
const told = { places: answers.filter((a) => a.place).length };
for (const { status } of answers) told[status] = (told[status] ?? 0) + 1;
console.log(JSON.stringify(told));
agent.destroy();
