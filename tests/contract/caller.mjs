// Calls operations: fills parameters and bodies from examples and from what other answers named, signs people in, waits where
// the server asks it to. Judges nothing.
import { Secret, TOTP } from 'otpauth';
import { eventually } from '../support/server.mjs';
import { elsewhere, institution, nowhere, operatorToken, people } from './fixtures.mjs';
import { isJson } from './document.mjs';

const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

export class Caller {
  #tokens = new Map(); // who -> token
  #known = new Map();  // who -> name -> values, oldest first
  #devices = new Map(); // who -> device token
  #keys = 0;

  constructor(server, contract) { Object.assign(this, { server, contract }); }

  /** Those who may be able to call it: names of people, or 'operator', or 'anybody'. */
  callers(operation) {
    if (operation.credential === 'access_token') return people.map((p) => p.username);
    return [operation.credential === 'operator_token' ? 'operator' : 'anybody'];
  }

  async #token(who) {
    if (!this.#tokens.has(who)) {
      const person = people.find((p) => p.username === who);
      this.#tokens.set(who, await (person ? this.#signedIn(person) : this.#operator()));
    }
    return this.#tokens.get(who);
  }

  async #signedIn(person) { return (await this.#session(person)).access_token; }
  async #session(person) {
    const body = { ...person, device_token: this.#devices.get(person.username) };
    const answer = await this.server.request(institution, 'POST', '/v1/sessions', { body });
    if (answer.status !== 201) throw new Error(`${person.username} cannot sign in: ${answer.text}`);
    this.#devices.set(person.username, answer.json().device_token);
    return answer.json();
  }

  async #operator() {
    const token = operatorToken(this.server);
    const any = this.contract.operations.find((o) => o.credential === 'operator_token' && o.method === 'GET' && !o.path.includes('{'));
    await eventually('the operator token is known', async () =>
      (await this.server.request(this.host(any), 'GET', any.path, { headers: { Authorization: `Bearer ${token}` } })).status !== 401);
    return token;
  }

  /** Remembers every member of an answer by its name, so that the next operation's `assignment_id` is one that exists. */
  learn(who, value) {
    if (Array.isArray(value)) value.forEach((item) => this.learn(who, item));
    else if (value !== null && typeof value === 'object') for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === 'string') this.#values(who, name).push(inner);
      else this.learn(who, inner);
    }
  }
  #values(who, name) {
    if (!this.#known.has(who)) this.#known.set(who, new Map());
    const of = this.#known.get(who);
    if (!of.has(name)) of.set(name, []);
    return of.get(name);
  }
  /** Something that this caller was told of first, else anybody. An operator takes the newest: what the checks made themselves. */
  link(who, name) {
    const own = this.#values(who, name);
    if (own.length > 0) return who === 'operator' ? own.at(-1) : own[0];
    for (const of of this.#known.values()) if (of.get(name)?.length) return of.get(name)[0];
    return undefined;
  }

  /** A call that should be answered well: {operation, who, path, query, headers, body}; null while something is not known yet. */
  async good(operation, who) {
    const call = { operation, who, path: {}, query: {}, headers: {}, body: undefined, raw: undefined, type: operation.body?.type };
    for (const p of operation.parameters) {
      if (p.in === 'path') {
        const word = /[0-9a-f]{16}$/.test(p.example) ? undefined : p.example; // an example that is no id is a word for everybody
        const value = this.link(who, p.name) ?? word;
        if (value === undefined) return null;
        call.path[p.name] = value;
      } else if (p.in === 'header' && p.name === 'Idempotency-Key') call.headers[p.name] = `"contract-${++this.#keys}"`;
      else if (p.in === 'header' && p.name === 'If-Match') {
        const at = await this.server.request(this.host(operation), 'GET', this.target(call), { headers: await this.authorization(operation, who) });
        if (at.headers.etag ?? p.required) call.headers[p.name] = at.headers.etag ?? p.example; // what is not there has none
      } else if (p.required) (p.in === 'query' ? call.query : call.headers)[p.name] = String(p.example);
    }
    if (operation.body && isJson(operation.body.type)) call.body = this.#linked(who, structuredClone(operation.body.example));
    else if (operation.body) call.raw = String(operation.body.example ?? '');
    if (operation.path.startsWith('/v1/me/second-factor/')) {
      const secret = this.#values(who, 'secret').at(-1);
      if (secret === undefined) return null;
      // A code counts once: the second operation shows the next.
      const off = operation.path.endsWith('/removal') ? 30_000 : 0;
      call.body.code = new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + off });
    }
    // What is used up by one call, or ended by it, is made anew for each.
    if (call.body?.refresh_token) call.body.refresh_token = (await this.#session(people[0])).refresh_token;
    if (call.path.session_id) call.path.session_id = (await this.#session(people.find((p) => p.username === who))).session_id;
    return call;
  }
  /** Ids in an example are nobody's; those of the same name that exist take their place. */
  #linked(who, value) {
    if (value !== null && typeof value === 'object') for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === 'string' && name.endsWith('_id')) value[name] = this.link(who, name) ?? inner;
      else this.#linked(who, inner);
    }
    return value;
  }

  host(operation) { return operation.credential === 'operator_token' ? '' : institution; }
  hosts = { elsewhere, nowhere };

  target({ operation, path, query }) {
    const at = operation.path.replace(/\{([^}]+)\}/g, (_, name) => encodeURIComponent(path[name]));
    const asked = Object.entries(query).map(([name, value]) => `${name}=${value?.encoded ?? encodeURIComponent(value)}`).join('&');
    return asked ? `${at}?${asked}` : at;
  }

  async authorization(operation, who) {
    return ['access_token', 'operator_token'].includes(operation.credential) ? { Authorization: `Bearer ${await this.#token(who)}` } : {};
  }

  /** `over`: host, method, authorization (null: none). A busy server and a used-up budget are waited for, a delayed sign-in is not. */
  async send(call, over = {}) {
    const { operation } = call;
    const headers = { ...call.headers };
    if (over.authorization === undefined) Object.assign(headers, await this.authorization(operation, call.who));
    else if (over.authorization !== null) headers.Authorization = over.authorization;
    let body;
    if (operation.body && over.method === undefined) {
      body = call.raw ?? JSON.stringify(call.body);
      if (call.type !== undefined) headers['Content-Type'] = call.type;
    }
    if (over.body !== undefined) body = over.body;
    for (let attempt = 0; ; ++attempt) {
      const answer = await this.server.request(over.host ?? this.host(operation), over.method ?? operation.method, this.target(call), { headers, body, announced: over.body === undefined ? call.announced : undefined });
      const problem = answer.headers['content-type'] === 'application/problem+json';
      if (answer.status === 200 && operation.id === 'end_section_sessions') this.#tokens.clear(); // whose they were
      if (answer.status === 204 && operation.path.startsWith('/v1/sessions')) this.#tokens.delete(call.who); // it has ended
      const patience = Number(answer.headers['retry-after'] ?? 1);
      if (![429, 503].includes(answer.status) || !problem || attempt === 5 || patience > 30 || answer.json().code === 'sign_in_delayed') return answer; // wrong passwords
      await sleep(1000 * patience);
    }
  }
}
