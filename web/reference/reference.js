// The reference page: shows /openapi.json of the host that served it, and asks its GETs. No framework, no other host; what the
// document says is set as text, never as markup.

const $ = (id) => document.getElementById(id);

/** make('p', { class: 'dim' }, 'text', node, null): an element; null and '' are left out. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}

/** Text in which `ticks` are code. */
const prose = (text) => text.split(/`([^`]+)`/).map((part, i) => (i % 2 ? make('code', {}, part) : part));

let api;
const resolve = (schema) => {
  let now = schema;
  while (now?.$ref) now = now.$ref.slice(2).split('/').reduce((at, part) => at?.[part], api);
  return now ?? {};
};
const nameOf = (schema) => schema?.$ref?.split('/').at(-1) ?? '';
const upper = (text) => (text ? `${text[0].toUpperCase()}${text.slice(1)}.` : '');
const slug = (text) => text.replace(/[^A-Za-z0-9]+/g, '-');

// ---- schemas ----

const few = 6; // alternatives that stand beside a name; more are listed below it

function typeText(schema) {
  const s = resolve(schema);
  if (s.const !== undefined) return JSON.stringify(s.const);
  if (s.enum) return s.enum.length > few ? `one of ${s.enum.length}` : s.enum.map((v) => JSON.stringify(v)).join(' | ');
  if (s.oneOf || s.anyOf) return (s.oneOf ?? s.anyOf).map((one) => nameOf(one) || typeText(one)).join(' | ');
  if (s.type === 'array') return `array of ${nameOf(s.items) || typeText(s.items ?? {})}`;
  return `${[s.type ?? (s.properties ? 'object' : 'any')].flat().join(' | ')}${s.format ? ` (${s.format})` : ''}`;
}

function limitsText(schema) {
  const s = resolve(schema), out = [];
  const range = (low, high, unit) => {
    if (low !== undefined && high !== undefined) out.push(`${low} to ${high}${unit}`);
    else if (low !== undefined) out.push(`at least ${low}${unit}`);
    else if (high !== undefined) out.push(`at most ${high}${unit}`);
  };
  range(s.minimum, s.maximum, '');
  range(s.minLength, s.maxLength, ' characters');
  range(s.minItems, s.maxItems, ' items');
  if (s.enum?.length > few) out.push(s.enum.map((v) => JSON.stringify(v)).join(', '));
  if (s.default !== undefined) out.push(`${JSON.stringify(s.default)} unless said`);
  if (s.pattern) out.push(`matches ${s.pattern}`);
  if (s.additionalProperties === false) out.push('no other members');
  return out.join(', ');
}

/**
 * The members of a schema, nested ones to be opened; `seen` ends what contains itself. In an answer what may be missing is worth
 * a word, elsewhere what may not.
 */
function members(schema, { answered = false, seen = [] } = {}) {
  const s = resolve(schema), name = nameOf(schema);
  if (name && seen.includes(name)) return null;
  const inner = { answered, seen: name ? [...seen, name] : seen };
  if (s.type === 'array') return members(s.items ?? {}, inner);
  const parts = s.oneOf ?? s.anyOf ?? s.allOf;
  if (parts) {
    const shown = parts.map((part, i) => [part, members(part, inner), i]).filter(([, list]) => list);
    return shown.length ? make('div', {}, shown.map(([part, list, i]) => make('details', { class: 'part', open: i === 0 }, make('summary', {}, nameOf(part) || `variant ${i + 1}`), aboutSchema(part), list))) : null;
  }
  if (!s.properties) return null;
  return make('ul', { class: 'members' }, Object.entries(s.properties).map(([key, value]) => {
    const nested = members(value, inner);
    return make('li', {},
      make('div', {}, make('code', { class: 'name' }, key), ' ', make('span', {}, nameOf(value) || typeText(value)), ' ', presence(s.required?.includes(key), answered)),
      details(value),
      nested ? make('details', { class: 'part' }, make('summary', {}, `Members of ${key}`), nested) : null);
  }));
}

function presence(required, answered) {
  if (answered) return required ? '' : make('span', { class: 'limits' }, 'may be missing');
  return required ? make('span', { class: 'must' }, 'required') : '';
}

const aboutSchema = (schema) => (resolve(schema).description ? make('p', {}, prose(resolve(schema).description)) : null);
function details(schema) {
  const limits = limitsText(schema);
  return [aboutSchema(schema), limits ? make('p', { class: 'limits' }, limits) : null];
}

/** A value made of a schema, for an answer that has no example. */
function sample(schema, depth = 0) {
  const s = resolve(schema);
  if (s.example !== undefined) return s.example;
  if (s.examples?.length) return s.examples[0];
  if (s.const !== undefined) return s.const;
  if (s.enum) return s.enum[0];
  if (s.default !== undefined) return s.default;
  if (depth > 6) return null;
  if (s.oneOf || s.anyOf) return sample((s.oneOf ?? s.anyOf)[0], depth + 1);
  const type = [s.type].flat()[0];
  if (type === 'object' || s.properties) return Object.fromEntries(Object.entries(s.properties ?? {}).map(([key, value]) => [key, sample(value, depth + 1)]));
  if (type === 'array') return s.items ? [sample(s.items, depth + 1)] : [];
  if (type === 'integer' || type === 'number') return s.minimum ?? 0;
  if (type === 'boolean') return true;
  if (s.format === 'date-time') return '2026-11-23T08:59:00.000Z';
  const id = /^\^([a-z]+_)\[0-9a-f\]\{32\}\$$/.exec(s.pattern ?? '');
  return id ? `${id[1]}0192f3c47d3b7a1e8f5096a2b4c8d0e1` : '…';
}

// ---- one operation ----

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The operation as a curl line, with what is filled in or else the examples. */
function curlOf(operation, given = {}) {
  const value = (p) => given[p.name] || (p.required ? p.example ?? `{${p.name}}` : '');
  const line = ['curl'];
  if (operation.method !== 'GET') line.push('-X', operation.method);
  line.push(quoted(location.origin + targetOf(operation, value)));
  if (operation.security?.length) line.push('-H', '"Authorization: Bearer $TOKEN"');
  for (const p of operation.parameters) if (p.in === 'header' && value(p)) line.push('-H', quoted(`${p.name}: ${value(p)}`));
  const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (type) line.push('-H', quoted(`Content-Type: ${type}`), ...(/json$/.test(type) ? ['-d', quoted(JSON.stringify(media.example))] : ['--data-binary', '@FILE']));
  return line.join(' ');
}

function targetOf(operation, value) {
  const path = operation.path.replace(/\{([^}]+)\}/g, (_, name) => {
    const given = String(value(operation.parameters.find((p) => p.name === name && p.in === 'path')));
    return given.startsWith('{') ? given : encodeURIComponent(given);
  });
  const query = operation.parameters.filter((p) => p.in === 'query' && value(p)).map((p) => `${p.name}=${encodeURIComponent(value(p))}`).join('&');
  return query ? `${path}?${query}` : path;
}

/** A block of code with a button that copies it. */
function copyable(code, what) {
  const button = make('button', { type: 'button', class: 'quiet', 'aria-label': `Copy ${what}` }, 'Copy');
  button.addEventListener('click', async () => {
    let done = 'Copied';
    try { await navigator.clipboard.writeText(code.textContent); } catch { getSelection().selectAllChildren(code); done = 'Selected'; }
    button.textContent = done;
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  });
  return make('div', { class: 'copy' }, code, button);
}

function parameterList(operation) {
  if (operation.parameters.length === 0) return null;
  return [make('h4', {}, 'Parameters'), make('ul', { class: 'members' }, operation.parameters.map((p) => make('li', {},
    make('div', {}, make('code', { class: 'name' }, p.name), ' ', make('span', { class: 'dim' }, `in ${p.in}, ${typeText(p.schema)}`), ' ', presence(p.required, false)),
    make('p', {}, prose(p.description ?? '')),
    limitsText(p.schema) ? make('p', { class: 'limits' }, limitsText(p.schema)) : null,
    p.example !== undefined ? make('p', { class: 'limits' }, 'for example ', make('code', {}, String(p.example))) : null)))];
}

function bodyOf(operation) {
  const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (!type) return null;
  const example = make('pre', {}, /json$/.test(type) ? JSON.stringify(media.example, null, 2) : String(media.example ?? ''));
  return [make('h4', {}, `Body: ${type}`), make('p', { class: 'limits' }, [operation.requestBody.description, upper(limitsText(media.schema ?? {}))].filter(Boolean).join(' ')),
    media.schema ? members(media.schema) : null, media.example !== undefined ? copyable(example, 'the example body') : null];
}

function answersOf(operation) {
  const all = Object.entries(operation.responses).map(([status, response]) => [status, resolve(response)]);
  const onlyProblem = (response) => Object.keys(response.content ?? {}).join() === 'application/problem+json';
  const own = all.filter(([, r]) => !onlyProblem(r)), problems = all.filter(([, r]) => onlyProblem(r));
  const one = ([status, response]) => make('div', { class: 'answer' },
    make('p', {}, make('span', { class: 'status' }, status), ' ', prose(response.description)),
    Object.entries(response.content ?? {}).filter(([type]) => type !== 'application/problem+json').map(([type, media]) => (media.schema
      ? make('details', { class: 'part' }, make('summary', {}, `${nameOf(media.schema) || typeText(media.schema)} `, make('span', { class: 'dim' }, type)),
        aboutSchema(media.schema), members(media.schema, { answered: true }), make('pre', {}, JSON.stringify(sample(media.schema), null, 2)))
      : make('p', { class: 'limits' }, type))));
  return [make('h4', {}, 'Answers'), make('div', {}, own.map(one)),
    make('details', { class: 'part' }, make('summary', {}, `Problems: ${problems.map(([status]) => status).join(', ')}`),
      make('ul', { class: 'members' }, problems.map(([status, response]) => make('li', {}, make('span', { class: 'status' }, status), ' ', prose(response.description)))),
      make('p', {}, 'Each is a ', make('a', { href: '#schema-Problem' }, 'Problem'), '.'))];
}

const needs = { access_token: 'needs an access token', operator_token: 'needs an operator token', host: 'at an institution’s host', none: 'open to all' };

// ---- trying a GET ----

const kept = {
  read() { try { return sessionStorage.getItem('bw.reference.token') ?? ''; } catch { return ''; } },
  write(token) { try { sessionStorage.setItem('bw.reference.token', token); } catch { /* kept by the field alone */ } },
};

function tryIt(operation) {
  const fields = new Map();
  const output = make('pre', { tabindex: '0', role: 'region', 'aria-label': `Answer of ${operation.operationId}`, hidden: true });
  const status = make('p', { class: 'dim', role: 'status' });
  const inputs = operation.parameters.map((p) => {
    const id = `try-${operation.operationId}-${slug(p.name)}`;
    const input = make('input', { id, autocomplete: 'off', spellcheck: 'false', required: p.required, placeholder: p.in === 'path' ? '' : String(p.example ?? '') });
    fields.set(p, input);
    return make('div', {}, make('label', { for: id }, p.name), input);
  });
  const form = make('form', { class: 'try', novalidate: true }, make('h4', {}, 'Try it'), make('div', { class: 'fields' }, inputs),
    make('div', { class: 'actions' }, make('button', {}, 'Send'), status), output);
  const given = (p) => fields.get(p).value.trim();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const missing = operation.parameters.find((p) => p.required && !given(p));
    for (const [p, input] of fields) input.toggleAttribute('aria-invalid', p === missing);
    if (missing) {
      status.textContent = `${missing.name} is needed.`;
      fields.get(missing).focus();
      return;
    }
    status.textContent = 'Waiting …';
    output.hidden = true;
    const headers = {};
    for (const p of operation.parameters) if (p.in === 'header' && given(p)) headers[p.name] = given(p);
    if (operation.security?.length && $('token').value) headers.Authorization = `Bearer ${$('token').value.trim()}`;
    try {
      const answer = await fetch(targetOf(operation, given), { headers, credentials: 'omit', cache: 'no-store' });
      const text = await answer.text();
      let shown = text;
      try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: as it came */ }
      status.textContent = `Answered ${answer.status}, ${text.length} characters.`;
      output.textContent = shown.length > 20_000 ? `${shown.slice(0, 20_000)}\n…` : shown;
      output.hidden = text === '';
    } catch {
      status.textContent = 'No answer: is the network there?';
    }
  });
  return form;
}

function operationCard(operation) {
  const body = make('div', { class: 'inside' });
  const card = make('details', { class: 'operation', id: operation.operationId },
    make('summary', {}, make('span', { class: `method${operation.method === 'GET' ? '' : ' write'}` }, operation.method), make('h3', {}, operation.path), make('span', { class: 'needs' }, needs[operation['x-credential']] ?? ''),
      make('span', { class: 'what' }, prose(operation.summary))), body);
  card.addEventListener('toggle', () => { // filled when first opened: a large document still starts at once
    if (!card.open || body.childElementCount > 0) return;
    const curl = make('pre', {}, curlOf(operation));
    body.append(...[make('p', { class: 'limits' }, 'Operation ', make('code', {}, operation.operationId), operation.description ? `. ${operation.description}` : ''),
      make('h4', {}, 'With curl'), copyable(curl, 'the curl line'), parameterList(operation), bodyOf(operation), answersOf(operation),
      operation.method === 'GET' ? tryIt(operation) : null].flat().filter(Boolean));
  });
  return card;
}

// ---- the page ----

function operationsOf(document_) {
  return Object.entries(document_.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, said]) => ({ parameters: [], ...said, path, method: method.toUpperCase() })));
}

function show(document_) {
  api = document_;
  const operations = operationsOf(api), cards = new Map();
  $('title').textContent = `${api.info.title} ${api.info.version}`;
  $('about').replaceChildren(...api.info.description.split('\n\n').map((text) => make('p', {}, prose(text))));
  const open = (tag) => operations.every((o) => o.tags[0] !== tag || o['x-credential'] === 'none');
  const tags = [...new Set(operations.map((o) => o.tags[0]))].sort((a, b) => open(a) - open(b)); // what nobody signs in for stands last
  const groups = tags.map((tag) => {
    const of = operations.filter((o) => o.tags[0] === tag), title = `tag-${slug(tag)}`;
    const links = of.map((o) => {
      const link = make('li', {}, make('a', { href: `#${o.operationId}` }, o.operationId.replaceAll('_', ' ')));
      const card = operationCard(o);
      cards.set(o, { card, link, words: `${o.method} ${o.path} ${o.operationId} ${o.summary} ${tag}`.toLowerCase() });
      return link;
    });
    return { of, index: make('section', {}, make('h2', {}, tag), make('ul', {}, links)), section: make('section', { 'aria-labelledby': title }, make('h2', { id: title }, tag), of.map((o) => cards.get(o).card)) };
  });
  $('index').replaceChildren(...groups.map((g) => g.index));
  $('operations').replaceChildren(...groups.map((g) => g.section));
  $('schemas').replaceChildren(...Object.keys(api.components.schemas).map((name) => {
    const reference = { $ref: `#/components/schemas/${name}` };
    return make('details', { class: 'operation', id: `schema-${name}` }, make('summary', {}, make('h3', {}, name), make('span', { class: 'dim' }, typeText(reference))),
      make('div', { class: 'inside' }, details(reference), members(reference)));
  }));
  $('filter').addEventListener('input', () => {
    const words = $('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { card, link, words: own } of cards.values()) {
      const hit = words.every((word) => own.includes(word));
      card.hidden = link.hidden = !hit;
      found += hit;
    }
    for (const g of groups) g.index.hidden = g.section.hidden = g.of.every((o) => cards.get(o).card.hidden);
    $('found').textContent = words.length ? `${found} of ${cards.size} operations` : '';
  });
  openNamed();
}

/** The operation or schema that the address names is opened and shown. */
function openNamed() {
  const named = location.hash.length > 1 && $(decodeURIComponent(location.hash.slice(1)));
  if (!named || named.tagName !== 'DETAILS') return;
  named.hidden = false;
  named.open = true;
  named.scrollIntoView();
  named.querySelector('summary').focus({ preventScroll: true });
}

$('token').value = kept.read();
$('token').addEventListener('input', () => kept.write($('token').value.trim()));
$('token-form').addEventListener('submit', (event) => event.preventDefault());
addEventListener('hashchange', openNamed);
try {
  const answer = await fetch('/openapi.json', { cache: 'no-cache', credentials: 'omit' });
  if (!answer.ok) throw new Error(String(answer.status));
  show(await answer.json());
} catch (error) {
  $('error').textContent = `The API's document could not be read (${error.message}). Reload to try again.`;
}
