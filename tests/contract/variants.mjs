// Requests that are wrong in one way, and values that are right but odd, made from schemas. Sends nothing, knows no route.

const long = (n, filler = 'x') => filler.repeat(n);
const typesOf = (schema) => [schema.type ?? []].flat();

/** A text that matches a pattern of literals, classes and counts; null for patterns with more in them. */
export function matching(pattern, pick) {
  let rest = pattern.replace(/^\^/, '').replace(/\$$/, ''), out = '';
  while (rest) {
    const part = /^(?:\[((?:\\.|[^\]\\])+)\]|\\(.)|([^()|.*+?[\]{}^$\\]))(?:\{(\d+)(?:,(\d*))?\}|([*+?]))?/.exec(rest);
    if (!part || part[1]?.startsWith('^')) return null;
    const [whole, set, escaped, literal, low, high, sign] = part;
    if (/^[dwsDWSbB]$/.test(escaped ?? '')) return null;
    const letters = set === undefined ? [escaped ?? literal]
      : [...set.replace(/(.)-(.)/g, (_, a, b) => String.fromCharCode(...Array.from({ length: b.charCodeAt(0) - a.charCodeAt(0) + 1 }, (__, i) => a.charCodeAt(0) + i)))];
    const least = low !== undefined ? Number(low) : sign === '*' || sign === '?' ? 0 : 1;
    const most = low !== undefined ? (high === undefined ? least : high === '' ? least + 3 : Number(high)) : sign === '*' || sign === '+' ? least + 3 : 1;
    for (let i = pick(most - least + 1) + least; i > 0; --i) out += letters[pick(letters.length)];
    rest = rest.slice(whole.length);
  }
  return out;
}

/** Values that may be wrong for a schema, or odd; whoever calls this asks the schema which. */
export function candidates(contract, schema, good) {
  const s = contract.resolve(schema), out = [];
  const add = (what, value) => out.push({ what, value });
  const types = typesOf(s);
  for (const branch of [...(s.anyOf ?? []), ...(s.oneOf ?? [])]) out.push(...candidates(contract, branch, good));
  for (const [type, value] of [['a string', 'x~'], ['a number', 17], ['a fraction', 1.5], ['true', true], ['null', null], ['an array', []], ['an object', {}]]) add(type, value);
  if (types.includes('string') || s.pattern || s.format || s.enum) {
    add('an empty string', '');
    if (s.maxLength !== undefined) {
      add('a string over maxLength', typeof good === 'string' && good !== '' ? long(s.maxLength + 1, good[0]) : long(s.maxLength + 1));
      add('a string of maxLength', long(s.maxLength));
      add('maxLength characters of two bytes', long(s.maxLength, 'é'));
    }
    if (s.minLength > 1) add('a string under minLength', long(s.minLength - 1));
    for (const text of ['no-such-value', ' ', 'a b', '\u0000', 'a\u0000b', '\ud800', '\u{1f514}', '\uffff', "'; drop table users; --", '../../etc/passwd', '%00', '{}']) add(`the string ${JSON.stringify(text)}`, text);
    if (typeof good === 'string' && good !== '') for (const text of [`${good} `, ` ${good}`, `${good}\u0000`, good.toUpperCase(), good.slice(0, -1)]) add(`the string ${JSON.stringify(text)}`, text);
    if (s.pattern) for (const pick of [() => 0, (n) => n - 1, (n) => n >> 1, (n) => (n * 7) % 5 % n]) {
      const text = matching(s.pattern, pick);
      if (text !== null) add(`the string ${JSON.stringify(text)} of its pattern`, text);
    }
    if (s.format === 'date-time') for (const text of ['yesterday', '2026-11-23', '2026-02-30T00:00:00Z', '2026-11-23T25:00:00Z', '2026-11-23T08:59:00', '2026-11-23T08:59:00+25:00', '0000-01-01T00:00:00Z', '0000-01-01T00:00:00+23:59',
      '9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59-23:59', '2026-06-30T23:59:60Z', '2026-11-23t08:59:00z', '1969-12-31T23:59:59Z']) add(`the instant ${text}`, text);
  }
  if (types.includes('integer') || types.includes('number')) {
    for (const n of [0, -1, 2 ** 31, 2 ** 53, -(2 ** 53), 1e300]) add(`the number ${n}`, n);
    if (s.minimum !== undefined) add('a number under the minimum', s.minimum - 1);
    if (s.maximum !== undefined) add('a number over the maximum', s.maximum + 1);
  }
  if (types.includes('array')) {
    if (s.maxItems !== undefined) add('too many items', Array.from({ length: s.maxItems + 1 }, () => (Array.isArray(good) ? good[0] : undefined) ?? 'x'));
    if (s.minItems > 0) add('too few items', []);
  }
  return out;
}

/** Changes of one place in a value that is good: [{what, pointer, value}], the value whole. */
export function changes(contract, schema, good, at = '') {
  const s = contract.resolve(schema), out = [];
  if (s.type === 'object' || s.properties) {
    const members = good !== null && typeof good === 'object' && !Array.isArray(good) ? good : {};
    for (const [name, inner] of Object.entries(s.properties ?? {})) {
      const here = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (name in members) {
        const { [name]: gone, ...rest } = members;
        out.push({ what: `${here} missing`, pointer: here, value: rest });
      }
      for (const c of candidates(contract, inner, members[name])) out.push({ what: `${here}: ${c.what}`, pointer: here, value: { ...members, [name]: c.value } });
      if (name in members) for (const c of changes(contract, inner, members[name], here)) out.push({ ...c, value: { ...members, [name]: c.value } });
    }
    if (s.additionalProperties === false) out.push({ what: `${at}: a member too many`, pointer: `${at}/no_such_member`, value: { ...members, no_such_member: 1 } });
  }
  if (Array.isArray(good) && good.length > 0 && s.items) for (const c of [...candidates(contract, s.items, good[0]).map((c) => ({ what: `${at}/0: ${c.what}`, pointer: `${at}/0`, value: c.value })), ...changes(contract, s.items, good[0], `${at}/0`)]) out.push({ ...c, value: [c.value, ...good.slice(1)] });
  return out;
}

/** Bodies that are no valid document of the media type at all: {what, bytes, announced, type, statuses}. */
export function brokenBodies(operation, goodText) {
  const { type, limit, streamed } = operation.body;
  const form = 'application/x-www-form-urlencoded';
  const out = [
    { what: 'another content type', bytes: goodText, type: type === form ? 'text/plain' : form, statuses: [415] },
    { what: 'no content type', bytes: goodText, type: undefined, statuses: [415] },
    // Refused by its length. A server reads only so much of what it has refused, and an answer may get lost beside a broken pipe: the rest is not sent.
    ...streamed ? [] : [{ what: 'a body over the limit', bytes: Buffer.alloc(Math.min(limit + 1, 64 * 1024), 0x20), announced: limit + 1, type, statuses: [413] }],
  ];
  if (!/json$/.test(type)) return out;
  const bytes = Buffer.from(goodText);
  for (const [what, text] of [['an empty body', ''], ['half a body', bytes.subarray(0, bytes.length >> 1)], ['words', 'not json'], ['two documents', goodText + goodText], ['something behind it', `${goodText}x`],
    ['bad UTF-8', Buffer.concat([bytes.subarray(0, bytes.lastIndexOf(0x22)), Buffer.from([0xff, 0xfe]), bytes.subarray(bytes.lastIndexOf(0x22))])],
    ['a half surrogate', goodText.replace(/"\s*:\s*"/, (colon) => `${colon}\\ud800`)],
    ['deep nesting', `${'['.repeat(Math.min(2000, limit >> 1))}${']'.repeat(Math.min(2000, limit >> 1))}`]]) if (text.length <= limit && text !== goodText) out.push({ what, bytes: text, type, statuses: [400] });
  for (const text of ['[]', 'null', '"x"', '17', 'true']) out.push({ what: text, bytes: text, type, statuses: [400, 422] });
  const first = /^\s*\{\s*("(?:[^"\\]|\\.)*"\s*:)/.exec(goodText);
  if (first) out.push({ what: 'a member twice', bytes: goodText.replace('{', `{${first[1]}"x",`), type, statuses: [400, 422] });
  return out;
}
