// A student's event stream through the real program: what a teacher announces comes, also after the program was killed, and nothing twice.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, startServer } from '../support/server.mjs';

const north = 'north-hill', south = 'river-valley', password = 'bell-at-nine';
let server, section;
const streams = [];

async function as(slug, username) {
  const answer = await server.request(slug, 'POST', '/v1/sessions', { body: { username, password } });
  assert.equal(answer.status, 201, answer.text);
  return { Authorization: `Bearer ${answer.json().access_token}` };
}

/** What comes, as {name, id, data}; `over` once it has ended. */
function watch(slug, who, lastEventId) {
  const stream = { events: [], over: false };
  const request = http.get({ host: '127.0.0.1', port: server.port, path: '/v1/events',
    headers: { Host: `${slug}.localhost:${server.port}`, ...who, ...(lastEventId && { 'Last-Event-ID': lastEventId }) } }, (answer) => {
    stream.status = answer.statusCode;
    let text = '';
    answer.setEncoding('utf8').on('data', (part) => {
      text += part;
      for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
        const fields = Object.fromEntries(text.slice(0, end).split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
        if (fields.event) stream.events.push({ name: fields.event, id: fields.id, data: JSON.parse(fields.data) });
      }
    });
    answer.on('close', () => { stream.over = true; }).on('error', () => {});
  });
  request.on('error', () => { stream.over = true; });
  stream.end = () => request.destroy();
  streams.push(stream);
  return stream;
}
const names = (stream) => stream.events.map((event) => event.name).join(' ');
const heard = (stream, what) => eventually(`the stream hears: ${what}`, () => names(stream) === what).catch((error) => { throw new Error(`heard: ${names(stream)}`, { cause: error }); });

async function announce(who, title) {
  const answer = await server.request(north, 'POST', `/v1/sections/${section}/announcements`, { headers: who, body: { title } });
  assert.equal(answer.status, 201, answer.text);
  return answer.json().announcement_id;
}

before(async () => { server = await startServer(process.env.BW_BINARY); });
after(async () => {
  streams.forEach((stream) => stream.end());
  await server?.stop();
});

test('what is announced comes, through a kill, once', { timeout: 120_000 }, async () => {
  const [ada, grace, souths] = [await as(north, 'ada'), await as(north, 'grace'), await as(south, 'ada')];
  const sectionsOf = async (who) => (await server.request(north, 'GET', '/v1/assignments?limit=500', { headers: who })).json().data.map((a) => a.section_id);
  const [hers, taught] = [await sectionsOf(ada), await sectionsOf(grace)];
  section = hers.find((id) => taught.includes(id));
  assert.ok(section, 'the demo has a section of both');

  const stream = watch(north, ada), elsewhere = watch(south, souths), teacher = watch(north, grace);
  for (const one of [stream, elsewhere, teacher]) await heard(one, 'ready');
  const first = await announce(grace, 'First');
  await heard(stream, 'ready announcement');
  assert.equal(stream.events[1].data.announcement_id, first);

  const pid = Number(fs.readFileSync(path.join(server.data, 'run', 'serve.pid'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await eventually('the stream breaks', () => stream.over);
  const second = await eventually('somebody serves again', () => announce(grace, 'Second').catch(() => false), 60_000);

  const again = watch(north, ada, stream.events.at(-1).id);
  await heard(again, 'announcement ready');
  assert.equal(again.events[0].data.announcement_id, second);
  await announce(grace, 'Third');
  await heard(again, 'announcement ready announcement');
  assert.equal(names(elsewhere), 'ready', 'another institution hears nothing');
  assert.equal(names(teacher), 'ready', 'nor does she who said it');

  const list = (await server.request(north, 'GET', '/v1/notices', { headers: ada })).json();
  assert.equal(list.unread, 3);
});

test('a sign-out ends the stream', { timeout: 60_000 }, async () => {
  const ada = await as(north, 'ada');
  const stream = watch(north, ada);
  await heard(stream, 'ready');
  const answer = await server.request(north, 'DELETE', '/v1/sessions/current', { headers: ada });
  assert.equal(answer.status, 204, answer.text);
  await heard(stream, 'ready end');
  await eventually('it is over', () => stream.over);
});
