// People of the demo, by the API: what a test wants to find when it opens a page. Nothing here knows what is checked.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { openPage, signIn } from './app.mjs';
import { eventually } from './bellwether.mjs';

/** Whoever this is, signed in: `call(method, path, { body, ifMatch })` gives the answer, and fails unless it is 2xx. */
export async function person(server, username, password = 'bell-at-nine', slug = 'north-hill') {
  const signedIn = await server.request(slug, 'POST', '/v1/sessions', { body: { username, password } });
  assert.equal(signedIn.status, 201, `${username}: ${signedIn.text}`);
  const own = { Authorization: `Bearer ${signedIn.json().access_token}` };
  const call = async (method, path, { body, ifMatch, headers = {} } = {}) => {
    const answer = await server.request(slug, method, path, { headers: { ...own, ...(ifMatch && { 'If-Match': ifMatch }), ...headers }, body });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    return { ...answer, body: answer.text && answer.headers['content-type']?.includes('json') ? answer.json() : undefined };
  };
  return {
    username, own, call,
    get: async (path) => (await call('GET', path)).body,
    handIn: (assignment_id, work) => call('POST', '/v1/submissions', { body: { assignment_id, ...work }, headers: { 'Idempotency-Key': `"${crypto.randomUUID()}"` } }),
  };
}

/** The demo's teacher, their section, its assignments by due instant, its students by name. */
export async function demoClass(server) {
  const teacher = await person(server, 'grace');
  const assignments = (await teacher.get('/v1/assignments?limit=100')).data, [{ section_id, section_title }] = assignments;
  const students = (await teacher.get(`/v1/sections/${section_id}/accounts`)).data;
  const who = async (assignment) => new Set((await teacher.get(`/v1/assignments/${assignment}/submissions?limit=500`)).data.map(({ user_id }) => user_id));
  return {
    teacher, section_id, section_title, assignments, students,
    works: async (assignment) => (await teacher.get(`/v1/assignments/${assignment}/works?limit=500`)).data,
    /** Of the students with these numbers: `work(number)`, until it is recorded. */
    async handIn(assignment, numbers, work) {
      for (const number of numbers) await (await person(server, students[number].username)).handIn(assignment, work(number));
      await eventually('all is recorded', async () => { const by = await who(assignment); return numbers.every((number) => by.has(students[number].user_id)); });
    },
  };
}

/** Opens pages as the demo's teacher, who signs in once. */
export function teachersPages(app) {
  let signedIn = false;
  return async (at) => {
    const page = await openPage(app, at);
    if (!signedIn) await signIn(page, 'grace');
    signedIn = true;
    return page;
  };
}
export const toast = (page, text) => page.locator('.toast', { hasText: text });

/** A text of so many words that has nothing in common with another's of another number. */
export function essay(number, words = 120) {
  const syllables = ['ba', 'den', 'fo', 'gir', 'hul', 'ka', 'lem', 'mo', 'nis', 'pur'];
  let state = number * 7919 + 17;
  const next = () => { state = (state * 1103515245 + 12345) % 2147483648; return syllables[Math.floor(state / 65536) % 10]; };
  return `${Array.from({ length: words }, () => next() + next() + next()).join(' ')}.`;
}
