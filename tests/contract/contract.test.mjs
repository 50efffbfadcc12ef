// The real server against its own document: every operation called well, and wrongly in every way that its schemas let us think
// of. What it answers must be documented; what it refuses must be named and must change nothing. New routes need no line here.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { eventually, startServer } from '../support/server.mjs';
import { Caller } from './caller.mjs';
import { Contract, isJson } from './document.mjs';
import { asksOthers, neverWell, reportsAreRead } from './fixtures.mjs';
import { brokenBodies, candidates, changes } from './variants.mjs';

let server, contract, caller;
const well = new Map(); // operation id -> who was answered 2xx, or would be asked to
let sent = 0;

/** Throws with one line for each fault of each call. */
function none(faults) { assert.equal(faults.length, 0, `\n${faults.slice(0, 40).join('\n')}`); }

const shown = (call) => `${call.operation.method} ${caller.target(call)}`;
/** What must hold of any answer to any call. */
function faultsOf(by, operation, answer, what) {
  ++sent;
  const found = by.check(operation, answer);
  if (answer.status >= 500 && answer.headers['content-type'] === 'application/problem+json') found.push(`${answer.status}: ${answer.text}`);
  return found.map((fault) => `${operation.id}, ${what}: ${fault}`);
}

/** A change that others see or nobody can take back: called well only after everything else. */
const late = (operation) => operation.method === 'DELETE' || (operation.credential === 'operator_token' && operation.method !== 'GET');
const settled = () => eventually('everything is recorded and under a head', async () => {
  const { recorder, journal, heads } = await server.readiness();
  return recorder.behind === 0 && heads.published_size === journal.groups;
}, 30_000);

/**
 * Calls the operation by its example as each who may be allowed, until one is answered 2xx; the faults, or null while links are
 * missing. Lists are asked for by everybody: each person's own things are the ones that person may use.
 */
async function callWell(operation) {
  const forAll = operation.method === 'GET' && !operation.path.includes('{');
  let refused = null;
  for (const who of caller.callers(operation)) {
    const call = await caller.good(operation, who);
    if (!call) continue;
    const answer = await caller.send(call);
    const faults = faultsOf(contract, operation, answer, `by its example, as ${who}`);
    if (faults.length > 0) return faults;
    if (answer.status < 300) {
      if (!well.has(operation.id)) well.set(operation.id, who);
      if (isJson(answer.headers['content-type'])) caller.learn(who, answer.json());
      if (!forAll) return [];
    }
    refused = [`${operation.id} was never answered 2xx; as ${who}: ${answer.status} ${answer.text}`];
  }
  return well.has(operation.id) ? [] : refused;
}

/** Everything that can be read, as each caller reads it. */
async function everythingRead() {
  const read = new Map();
  for (const operation of contract.operations) {
    const who = well.get(operation.id);
    if (operation.method !== 'GET' || operation.streams || !who || who === 'anybody') continue;
    if (['list_sessions', 'list_all_outages', 'list_users', 'get_user', 'get_overview', 'get_first_page', 'get_forecast', 'get_operator_forecast', 'get_bell_board'].includes(operation.id)) continue; // the checks sign in as they go, which is told; services say that they work; a page, when it was read
    const call = await caller.good(operation, who);
    read.set(operation.id, (await caller.send(call)).text);
  }
  return read;
}

// ---- wrong in one way ----

/** Which answers are right when this one place is wrong. */
const refusals = {
  path: { statuses: [404, 400, 422], named: false },
  query: { statuses: [422, 400], named: true },
  header: { statuses: [400, 412, 422, 428], named: true },
  body: { statuses: [422], named: true },
};

/** Sends `call`, which is wrong in `place`; `field` is what the problem has to name. */
async function mustRefuse(by, call, place, field, what, over) {
  const { operation } = call;
  const answer = await caller.send(call, over);
  const found = faultsOf(by, operation, answer, what);
  const { statuses, named } = refusals[place];
  if (!statuses.includes(answer.status)) return [...found, `${operation.id}, ${what}: ${answer.status} instead of ${statuses.join(' or ')} (${shown(call)}) ${answer.text.slice(0, 200)}`];
  const problem = answer.json();
  const inner = place === 'body' && problem.field?.startsWith(`${field}/`);
  const holder = place === 'body' && what.endsWith('a member too many') && field === `${problem.field}/no_such_member`; // of an inner object
  const names = problem.field !== '' && (problem.field === field || inner || holder);
  if (named && !names) found.push(`${operation.id}, ${what}: the problem names '${problem.field}', not '${field}'`);
  return found;
}

/** Sends what the schema allows although it is odd: any documented answer but a fault of ours is right. */
async function mayDoAnything(by, call, what) { return faultsOf(by, call.operation, await caller.send(call), what); }

/** One parameter after the other spoiled. `odd` collects calls that the schema allows. */
async function wrongParameters(by, operation, who, odd) {
  const found = [];
  for (const p of operation.parameters) {
    const spoiled = async (value) => {
      const call = await caller.good(operation, who);
      ({ path: call.path, query: call.query, header: call.headers })[p.in][p.name] = value;
      if (value === undefined) delete ({ path: call.path, query: call.query, header: call.headers })[p.in][p.name];
      return call;
    };
    const good = (await caller.good(operation, who))[{ path: 'path', query: 'query', header: 'headers' }[p.in]][p.name] ?? p.example;
    if (p.required && p.in !== 'path') found.push(...await mustRefuse(by, await spoiled(undefined), p.in, p.name, `${p.name} missing`));
    const seen = new Set();
    for (const { what, value } of candidates(by, p.schema, good)) {
      if (value !== null && typeof value === 'object') continue;
      const text = String(value);
      if (seen.has(text) || (p.in === 'path' && ['', '.', '..'].includes(text)) || (p.in === 'header' && !/^([!-~]([ -~]*[!-~])?)?$/.test(text)) || text.includes('\ud800')) continue;
      seen.add(text);
      const meant = ['integer', 'number'].includes(by.resolve(p.schema).type) && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
      const call = await spoiled(text);
      const wrong = by.faults(p.at, meant) !== '';
      if (wrong) found.push(...await mustRefuse(by, call, p.in, p.name, `${p.in} ${p.name} is ${what}`));
      else odd.push({ call, what: `${p.in} ${p.name} is ${what}` });
    }
    if (p.in === 'query') for (const encoded of ['%', '%zz', '%00', '%ff', '%c3']) odd.push({ call: await spoiled({ encoded }), what: `query ${p.name} is ${encoded}` });
  }
  return found;
}

async function wrongBodies(by, operation, who, odd) {
  const found = [];
  if (!operation.body) {
    if (operation.method === 'GET') {
      const call = await caller.good(operation, who);
      const answer = await caller.send(call, { body: '{}' });
      if (answer.status !== 413) found.push(`${operation.id}: a body where none is taken: ${answer.status}`);
    }
    return found;
  }
  const base = await caller.good(operation, who);
  for (const { what, bytes, announced, type, statuses } of brokenBodies(operation, base.raw ?? JSON.stringify(base.body))) {
    const call = { ...await caller.good(operation, who), raw: bytes, announced, type };
    const answer = await caller.send(call);
    found.push(...faultsOf(by, operation, answer, what));
    if (!statuses.includes(answer.status)) found.push(`${operation.id}, ${what}: ${answer.status} instead of ${statuses.join(' or ')} ${answer.text.slice(0, 200)}`);
  }
  if (base.body === undefined) return found;
  for (const { what, pointer, value } of changes(by, operation.body.schema, base.body)) {
    const call = { ...await caller.good(operation, who), body: value };
    if (Buffer.byteLength(JSON.stringify(value)) > operation.body.limit) continue;
    if (JSON.stringify(value).includes('\\ud800')) odd.push({ call, what }); // no text at all, which a schema cannot say
    else if (by.faults(operation.body.at, value) !== '') found.push(...await mustRefuse(by, call, 'body', pointer, what));
    else odd.push({ call, what });
  }
  return found;
}

async function wrongCallers(by, operation, who) {
  const found = [];
  const expect = async (what, over, statuses) => {
    const answer = await caller.send(await caller.good(operation, who), over);
    found.push(...faultsOf(by, operation, answer, what));
    if (!statuses.includes(answer.status)) found.push(`${operation.id}, ${what}: ${answer.status} instead of ${statuses.join(' or ')} ${answer.text.slice(0, 200)}`);
  };
  if (operation.credential === 'host') await expect('at no institution', { host: caller.hosts.nowhere }, [404]);
  if (operation.credential === 'none' || operation.credential === 'host') return found;
  for (const [what, authorization] of [['no token', null], ['garbage for a token', 'Bearer x.y.z'], ['another scheme', 'Basic eDp5'], ['no scheme', 'garbage'], ['a scheme alone', 'Bearer']]) await expect(what, { authorization }, [401]);
  for (const host of [caller.hosts.elsewhere, caller.hosts.nowhere]) await expect(`at ${host}`, { host }, [404]);
  return found;
}

/** Everything wrong that can be done to one operation, of the contract given. */
async function allWrong(by, operation, who, odd = []) {
  return [...await wrongCallers(by, operation, who), ...await wrongParameters(by, operation, who, odd), ...await wrongBodies(by, operation, who, odd)];
}

// ---- the checks, in order: each builds on what the ones before brought about ----

describe('contract', { concurrency: false }, () => {
  before(async () => {
    assert.ok(process.env.BW_BINARY, 'BW_BINARY is the path of the bellwether program');
    server = await startServer(process.env.BW_BINARY, [], () => {}, { reports: true });
    contract = new Contract((await server.request('', 'GET', '/openapi.json')).json());
    caller = new Caller(server, contract);
    await reportsAreRead(server);
  }, { timeout: 120_000 });

  after(async () => { await server?.stop(); }, { timeout: 180_000 });

  test('the document is valid OpenAPI 3.1, and cacheable', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(contract.document));
    assert.ok(valid, JSON.stringify(errors, null, 1)?.slice(0, 2000));
    assert.match(contract.document.openapi, /^3\.1\./);
    const answer = await server.request('', 'GET', '/openapi.json');
    const again = await server.request('', 'GET', '/openapi.json', { headers: { 'If-None-Match': answer.headers.etag } });
    assert.deepEqual([answer.status, again.status, again.text], [200, 304, '']);
  });

  test('every example is valid by its schema', () => {
    const found = [];
    for (const operation of contract.operations) {
      const { body, id } = operation;
      if (body && isJson(body.type)) found.push(...[contract.faults(body.at, body.example)].filter(Boolean).map((fault) => `${id}, body: ${fault}`));
      for (const p of operation.parameters) if (p.example !== undefined) found.push(...[contract.faults(p.at, p.example)].filter(Boolean).map((fault) => `${id}, ${p.name}: ${fault}`));
    }
    for (const [name, schema] of Object.entries(contract.document.components.schemas)) if (schema.example) found.push(...[contract.faults(`/components/schemas/${name}`, schema.example)].filter(Boolean));
    none(found);
  });

  test('every operation is answered well by its example', { timeout: 180_000 }, async () => {
    let open = contract.operations.filter((o) => !late(o) && !o.streams && !(o.id in neverWell)), refused = [];
    open.sort((a, b) => (a.method !== 'GET') - (b.method !== 'GET')); // what is there is known before anything refers to it
    for (let progress = true; progress && open.length > 0;) {
      progress = false;
      const left = [];
      refused = [];
      for (const operation of open) {
        const faults = await callWell(operation);
        if (faults?.length === 0) { progress = true; continue; }
        left.push(operation);
        refused.push(...(faults ?? [`${operation.id}: nothing that was answered names ${operation.parameters.filter((p) => p.in === 'path').map((p) => p.name)}`]));
      }
      if (progress) await settled(); // what was handed in can be read by others from now on
      open = left;
    }
    none(refused);
  });

  const odd = [];
  let stood;
  test('what can be read stands still', { timeout: 180_000 }, async () => {
    await settled();
    stood = await everythingRead();
    const again = await everythingRead();
    for (const [id, text] of again) if (stood.get(id) !== text) stood.delete(id); // moves by itself
    assert.ok(stood.size >= 4, `only ${[...stood.keys()]} stand still`);
  });

  test('whatever is wrong is refused with a problem that names it', { timeout: 180_000 }, async () => {
    const found = [];
    for (const operation of contract.operations) {
      const who = well.get(operation.id) ?? caller.callers(operation).at(-1);
      if (operation.streams) found.push(...await wrongCallers(contract, operation, who));
      else if (await caller.good(operation, who)) found.push(...await allWrong(contract, operation, who, odd));
    }
    none(found);
  });

  test('what was refused has changed nothing', { timeout: 180_000 }, async () => {
    await settled();
    const now = await everythingRead();
    for (const [id, text] of stood) assert.equal(now.get(id), text, id);
  });

  test('HEAD is GET without the body, other methods are refused, other paths are not there', async () => {
    const methods = new Map();
    for (const o of contract.operations) methods.set(o.path, [...(methods.get(o.path) ?? []), o]);
    for (const [path, operations] of methods) {
      const of = operations[0], call = await caller.good(of, well.get(of.id) ?? caller.callers(of)[0]);
      if (!call) continue;
      const get = operations.find((o) => o.method === 'GET' && !o.streams);
      if (get) {
        const whole = await caller.good(get, well.get(get.id) ?? caller.callers(get)[0]);
        const [got, head] = [await caller.send(whole), await caller.send(whole, { method: 'HEAD' })];
        assert.deepEqual([head.status, head.text, head.headers['content-type']], [got.status, '', got.headers['content-type']], path);
      }
      const other = ['DELETE', 'PUT', 'POST'].find((m) => !operations.some((o) => o.method === m));
      if (!other) continue;
      const refused = await caller.send(call, { method: other });
      assert.equal(refused.status, 405, path);
      assert.equal(contract.faults('/components/schemas/Problem', refused.json(), 'closed'), '');
      for (const o of operations) assert.ok(refused.headers.allow.split(', ').includes(o.method), path);
    }
    const nothing = await server.request('', 'GET', '/v1/no-such-thing');
    assert.deepEqual([nothing.status, contract.faults('/components/schemas/Problem', nothing.json(), 'closed')], [404, '']);
  });

  test('a document that says something else is found out', { timeout: 180_000 }, async () => {
    const lie = (change) => { const document = structuredClone(contract.document); change(document); return new Contract(document); };
    const of = (by, id) => by.operations.find((o) => o.id === id);
    const lies = [
      ['get_me', 'another type', (d) => { d.components.schemas.Me.properties.username.type = 'integer'; }, callsWell],
      ['get_me', 'a member kept quiet', (d) => { delete d.components.schemas.Me.properties.given_name; }, callsWell],
      ['get_me', 'a member that never comes', (d) => { d.components.schemas.Me.required.push('shoe_size'); }, callsWell],
      ['get_me', 'a status kept quiet', (d) => { delete d.paths['/v1/me'].get.responses[401]; }, wrongly],
      ['sign_in', 'a limit that is none', (d) => { d.components.schemas.SignIn.properties.username.maxLength = 10; }, wrongly],
      ['sign_in', 'a member that may be missing', (d) => { d.components.schemas.SignIn.required.push('shoe_size'); }, wrongly],
      ['list_assignments', 'a maximum that is none', (d) => { d.paths['/v1/assignments'].get.parameters[0].schema.maximum = 400; }, wrongly],
      ['livez', 'another media type', (d) => { d.paths['/livez'].get.responses[200].content = { 'text/html': {} }; }, callsWell],
    ];
    async function callsWell(by, operation) { return faultsOf(by, operation, await caller.send(await caller.good(operation, well.get(operation.id))), 'well'); }
    async function wrongly(by, operation) { return allWrong(by, operation, well.get(operation.id)); }
    for (const [id, what, change, look] of lies) {
      assert.deepEqual(await look(contract, of(contract, id)), [], `${id} without the lie`);
      const by = lie(change);
      assert.notEqual((await look(by, of(by, id))).length, 0, `${id}: ${what} was not found out`);
    }
  });

  test('what is odd but allowed is never a fault of ours', { timeout: 180_000 }, async () => {
    const found = [];
    for (const { call, what } of odd) if (!late(call.operation) && !asksOthers.has(call.operation.id)) {
      const fresh = await caller.good(call.operation, call.who); // keys and versions of its own
      for (const name of ['Idempotency-Key', 'If-Match']) if (name in fresh.headers && !what.startsWith(`header ${name}`)) call.headers[name] = fresh.headers[name];
      found.push(...await mayDoAnything(contract, call, what));
    }
    none(found);
  });

  test('what the odd left behind can be read', { timeout: 180_000 }, async () => {
    await settled();
    const now = await everythingRead(); // the comparison above has teeth: these calls did change something
    assert.ok([...stood].some(([id, text]) => now.get(id) !== text), 'a due instant was moved, and no reading shows it');
    const found = [];
    for (const operation of contract.operations) {
      if (operation.method !== 'GET' || operation.streams || !well.has(operation.id)) continue;
      const answer = await caller.send(await caller.good(operation, well.get(operation.id)));
      found.push(...faultsOf(contract, operation, answer, 'read at the end'));
    }
    none(found);
  });

  test('what nobody can take back, at the end', { timeout: 180_000 }, async (t) => {
    const last = contract.operations.filter((o) => late(o) && !(o.id in neverWell));
    const found = [];
    for (const operation of [...last.filter((o) => o.method !== 'DELETE'), ...last.filter((o) => o.method === 'DELETE')]) found.push(...(await callWell(operation) ?? [`${operation.id}: a link is missing`]));
    none(found);
    t.diagnostic(`${contract.operations.length} operations, ${sent} calls judged, ${well.size} answered well`);
  });
});
