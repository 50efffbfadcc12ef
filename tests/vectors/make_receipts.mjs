// Writes receipts.json: receipts good and bad, with what must be said of each. Shares no code with the program or the page: what
// the formats are is said here a third time, so that a mistake in one of them is seen. Node 18 and later: node make_receipts.mjs
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import fs from 'node:fs';

const sha = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();
const hex = (b) => Buffer.from(b).toString('hex');
const b64 = (b) => Buffer.from(b).toString('base64url');
const le = (bytes, value) => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value))); return b.subarray(0, bytes); };
const time = (ms) => new Date(ms).toISOString();
const node = (l, r) => sha([1], l, r);
const leaf = (...data) => sha([0], ...data);
const copy = (value) => JSON.parse(JSON.stringify(value));

// RFC 6962, section 2.1, as it is written there.
const split = (n) => { let k = 1; while (k * 2 < n) k *= 2; return k; };
const root = (d) => (d.length === 1 ? d[0] : node(root(d.slice(0, split(d.length))), root(d.slice(split(d.length)))));
const path = (m, d) => {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k ? [...path(m, d.slice(0, k)), root(d.slice(k))] : [...path(m - k, d.slice(k)), root(d.slice(0, k))];
};
const subproof = (m, d, b) => {
  if (m === d.length) return b ? [] : [root(d)];
  const k = split(d.length);
  return m <= k ? [...subproof(m, d.slice(0, k), b), root(d.slice(k))] : [...subproof(m - k, d.slice(k), false), root(d.slice(0, k))];
};

const [at, cell, epoch] = [1_795_000_000_000, 'local', 0x5f0c9a1e7d3b2846n];
const classes = ['', 'local-fsync', 'local-fsync+follower', 'replicated'];

function makeKey(seed) {
  const secret = createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]) });
  const { x } = createPublicKey(secret).export({ format: 'jwk' });
  const kid = sha(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).toString('base64url').slice(0, 16); // RFC 7638
  return { secret, kid, jwk: { kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA', kid, x } };
}
const [first, second, stranger] = [1, 2, 3].map(makeKey);

// ---- one journal: nine groups of three records; `key` signs every head ----

const ids = { tenant: Buffer.alloc(16, 0x11), user: Buffer.alloc(16, 0x22), assignment: Buffer.alloc(16, 0x33) };

function statementOf(content, i, { kind = 0, version = 2, clock = 12 } = {}) {
  const key = `essay-${i}`;
  return Buffer.concat(['BWS' + version, ids.tenant, ids.user, ids.assignment, [key.length], key, le(8, at + i), le(4, clock ?? 0xffffffff),
    le(4, Buffer.byteLength(content)), sha(content), version === 2 ? [kind] : []].map((p) => Buffer.from(p)));
}
/** `written`, `promised`: the classes of groups and heads, by number. */
function journal(key, altered, written = 1, promised = written, kindOf6 = 1) {
  const groups = [], leaves = [];
  for (let g = 0; g < 9; ++g) {
    const records = [0, 1, 2].map((i) => {
      const n = g * 3 + i + 1, content = n === altered ? 'Rewritten.' : `Text number ${n}, with an ü.`;
      const statement = statementOf(content, n, { version: n === 4 ? 1 : 2, clock: n === 5 ? null : 12, kind: n === 6 ? kindOf6 : 0 });
      return { n, content, statement, nonce: sha(`nonce ${n}`).subarray(0, 16) };
    });
    const tree = records.map((r) => leaf(r.nonce, r.statement));
    const group = { number: g + 1, first_seq: g * 3 + 1, size: 3, root: root(tree), time: at + 100 * (g + 1) };
    leaves.push(leaf('bellwether group v1\n', le(8, group.number), le(8, group.first_seq), le(4, 3), group.root, le(8, group.time), [written]));
    groups.push({ ...group, records, tree });
  }
  return { key, groups, leaves, written, promised, kindOf6 };
}
function head({ key, groups, leaves, promised }, size, by = key) {
  const top = root(leaves.slice(0, size)), when = groups[size - 1].time;
  const signed = Buffer.concat(['bellwether head v2\n', [cell.length], cell, le(8, epoch), le(8, size), top, le(8, when), [promised]].map((p) => Buffer.from(p)));
  return { head: { cell, epoch: epoch.toString(16), size, root: hex(top), time: time(when), durability: classes[promised] }, signature: b64(sign(null, signed, by.secret)), kid: by.kid };
}
function receipt(of, n, by) {
  const group = of.groups[Math.floor((n - 1) / 3)], index = (n - 1) % 3, { statement, content, nonce } = group.records[index];
  const id = sha('bellwether submission v1\n', ids.tenant, ids.user, ids.assignment, `essay-${n}`).subarray(0, 16);
  id[6] = (id[6] & 0x0f) | 0x80;
  id[8] = (id[8] & 0x3f) | 0x80;
  return {
    version: 2, submission_id: `sub_${hex(id)}`, tenant_id: `ten_${hex(ids.tenant)}`, user_id: `usr_${hex(ids.user)}`, assignment_id: `asg_${hex(ids.assignment)}`,
    idempotency_key: `essay-${n}`, received_at: time(at + n), kind: n === 6 ? ['text', 'structured', 'file', 'song'][of.kindOf6] : 'text', content_bytes: Buffer.byteLength(content), content_sha256: hex(sha(content)),
    ...(n === 5 ? { clock: 'unsynchronised' } : { clock: 'synchronised', clock_error_ms: 12 }),
    statement: b64(statement), nonce: b64(nonce), index, path: path(index, group.tree).map(hex),
    group: { number: group.number, first_seq: group.first_seq, size: 3, root: hex(group.root), time: time(group.time), durability: classes[of.written] },
    head_path: path(group.number - 1, of.leaves.slice(0, group.number)).map(hex), ...head(of, group.number, by),
  };
}
const signedHead = (of, size) => { const { head: h, ...rest } = head(of, size); return { ...h, ...rest }; };
const proof = (of, from, size) => ({ from_size: from, path: subproof(from, of.leaves.slice(0, size), true).map(hex), head: signedHead(of, size) });

// ---- the cases ----

const kept = journal(first), rewritten = journal(first, 2);
const good = receipt(kept, 8), content = kept.groups[2].records[1].content;
const keys = { keys: [first.jwk, { kty: 'RSA', kid: 'other', n: 'AQAB', e: 'AQAB' }] };
const retiredAt = (ms) => ({ keys: [{ ...first.jwk, retired_at: time(ms) }, second.jwk] });
const signedAt = Date.parse(good.head.time);
const cases = [];
/** `fails`: the part of which it must be said that it does not hold; none: all holds. Parts, in the order they are looked at:
 *  keys, receipt (what can be read without a key), kid, signature, path, head_path, content, proof (any part of it), head. */
const add = (name, fails, parts = {}) => cases.push({ name, ...(fails && { fails }), receipt: good, keys, ...parts });
const bend = (change, of = good) => { const r = copy(of); change(r); return r; };
const flip = (text, i = 0) => text.slice(0, i) + (text[i] === 'f' ? '0' : 'f') + text.slice(i + 1);
const flipped = (base64, i) => { const b = Buffer.from(base64, 'base64url'); b[i] ^= 1; return b64(b); };

add('a good receipt', null);
add('with a follower', null, { receipt: receipt(journal(first, 0, 1, 2), 8) });
add('replicated', null, { receipt: receipt(journal(first, 0, 3), 8) });
add('a class that the head was not signed with', 'signature', { receipt: bend((r) => { r.head.durability = 'local-fsync+follower'; }) });
add('a class that the group was not written with', 'head_path', { receipt: bend((r) => { r.group.durability = 'replicated'; }) });
add('with its content', null, { content: b64(content) });
add('with its content and the newline of a text file', null, { content: b64(content + '\n') });
add('inside the answer it came in', null, { receipt: { submission_id: good.submission_id, state: 'received', receipt: good } });
add('the first group of all', null, { receipt: receipt(kept, 1) });
add('the last group', null, { receipt: receipt(kept, 27) });
add('of an old statement, without a kind', null, { receipt: receipt(kept, 4) });
add('of a clock that was not synchronised', null, { receipt: receipt(kept, 5) });
add('of answers', null, { receipt: receipt(kept, 6) });
add('of files', null, { receipt: receipt(journal(first, 0, 1, 1, 2), 6) });
add('of a kind that there is not', 'receipt', { receipt: receipt(journal(first, 0, 1, 1, 3), 6) });
add('a key that was retired later', null, { keys: retiredAt(signedAt + 1) });
add('a key that was retired at that instant', null, { keys: retiredAt(signedAt) });
add('a second key, the first one retired', null, { receipt: receipt(kept, 8, second), keys: retiredAt(at) });
add('with a proof', null, { proof: proof(kept, 3, 9) });
add('with a proof to its own head', null, { proof: proof(kept, 3, 3) });
add('with a proof to a witnessed head', null, { proof: proof(kept, 3, 7), head: signedHead(kept, 7) });

const plain = { submission_id: 'sub_' + '0'.repeat(32), tenant_id: 'ten_' + '0'.repeat(32), user_id: 'usr_' + '0'.repeat(32), assignment_id: 'asg_' + '0'.repeat(32),
  idempotency_key: 'essay-9', received_at: time(at - 60_000), kind: 'structured', content_bytes: 1, content_sha256: hex(sha('')), clock: 'unsynchronised', clock_error_ms: 0 };
for (const [member, value] of Object.entries(plain)) add(`${member} says something else than the statement`, 'receipt', { receipt: bend((r) => { r[member] = value; }) });
for (const member of ['version', 'statement', 'nonce', 'index', 'path', 'group', 'head_path', 'head', 'signature'])
  add(`${member} is missing`, 'receipt', { receipt: bend((r) => { delete r[member]; }) });
add('another version', 'receipt', { receipt: bend((r) => { r.version = 3; }) });
add('bytes behind the statement', 'receipt', { receipt: bend((r) => { r.statement = b64(Buffer.concat([Buffer.from(r.statement, 'base64url'), Buffer.from([0])])); }) });
add('an unknown durability class', 'receipt', { receipt: bend((r) => { r.head.durability = 'sometimes'; }) });
add('an epoch that is no epoch', 'receipt', { receipt: bend((r) => { r.head.epoch = 'x'.repeat(16); }) });
add('a time that is no time', 'receipt', { receipt: bend((r) => { r.group.time = '2026-02-30T00:00:00Z'; }) });
add('a statement and its plain members changed together', 'path', { receipt: bend((r) => {
  const b = Buffer.from(r.statement, 'base64url'); // an hour earlier
  b.writeBigInt64LE(BigInt(at + 8 - 3_600_000), 4 + 48 + 1 + 7);
  Object.assign(r, { statement: b64(b), received_at: time(at + 8 - 3_600_000) });
}) });
add('another nonce', 'path', { receipt: bend((r) => { r.nonce = flipped(r.nonce, 3); }) });
add('another index', 'path', { receipt: bend((r) => { r.index = 0; }) });
add('an index beyond the group', 'path', { receipt: bend((r) => { r.index = 3; }) });
add('a path bent', 'path', { receipt: bend((r) => { r.path[0] = flip(r.path[0]); }) });
add('a path too short', 'path', { receipt: bend((r) => { r.path.pop(); }) });
add('a path too long', 'path', { receipt: bend((r) => { r.path.push(r.path[0]); }) });
add("another submission's statement", 'path', { receipt: bend((r) => { const { signature, head: h, head_path, group, ...other } = receipt(kept, 9); Object.assign(r, other, { index: 1 }); }) });
add("the group's root changed", 'path', { receipt: bend((r) => { r.group.root = flip(r.group.root); }) });
add("the group's time changed", 'head_path', { receipt: bend((r) => { r.group.time = time(at); }) });
add("the group's number changed", 'head_path', { receipt: bend((r) => { r.group.number = 2; }) });
add('a group without a number', 'head_path', { receipt: bend((r) => { r.group.number = 0; }) });
add("the group's first record changed", 'head_path', { receipt: bend((r) => { r.group.first_seq = 1; }) });
add("the head's path bent", 'head_path', { receipt: bend((r) => { r.head_path[0] = flip(r.head_path[0], 5); }) });
add("the head's root changed", 'signature', { receipt: bend((r) => { r.head.root = flip(r.head.root); }) });
add("the head's time changed", 'signature', { receipt: bend((r) => { r.head.time = time(at); }) });
add("the head's size changed", 'signature', { receipt: bend((r) => { r.head.size = 4; }) });
add('another cell', 'signature', { receipt: bend((r) => { r.head.cell = 'other'; }) });
add('another epoch', 'signature', { receipt: bend((r) => { r.head.epoch = '0000000000000001'; }) });
add('a signature bent', 'signature', { receipt: bend((r) => { r.signature = flipped(r.signature, 9); }) });
add('signed by a stranger in the name of a known key', 'signature', { receipt: bend((r) => { r.signature = receipt(kept, 8, stranger).signature; }) });
add('signed by a stranger', 'kid', { receipt: receipt(kept, 8, stranger) });
add('a key that was retired before', 'kid', { keys: retiredAt(signedAt - 1) });
add('keys of another installation', 'kid', { keys: { keys: [stranger.jwk] } });
add("a stranger's key under a known key's name", 'kid', { receipt: receipt(kept, 8, stranger), keys: { keys: [{ ...stranger.jwk, kid: 'AAAAAAAAAAAAAAAA' }, { ...second.jwk, kid: stranger.kid }] } } );
cases.at(-1).receipt.kid = 'AAAAAAAAAAAAAAAA'; // a key's name is its thumbprint, whatever the set calls it
add('no keys at all', 'kid', { keys: { keys: [] } });
add('keys that are none', 'keys', { keys: { heads: [] } });
add('another content', 'content', { content: b64(content.replace('8', '9')) });
add('a content cut off', 'content', { content: b64(content.slice(0, -1)) });
add('an empty content', 'content', { content: '' });
add('a proof of a journal that was rewritten', 'proof', { proof: proof(rewritten, 3, 9) });
add('a proof from another size', 'proof', { proof: proof(kept, 2, 9) });
add('a proof bent', 'proof', { proof: bend((p) => { p.path[1] = flip(p.path[1]); }, proof(kept, 3, 9)) });
add('a proof too short', 'proof', { proof: bend((p) => { p.path.pop(); }, proof(kept, 3, 9)) });
add('a proof whose head is not signed', 'proof', { proof: bend((p) => { p.head.signature = flipped(p.head.signature, 0); }, proof(kept, 3, 9)) });
add('a proof of another journal', 'proof', { proof: bend((p) => { p.head.epoch = '0000000000000001'; }, proof(kept, 3, 9)) });
add('a proof to a smaller head', 'proof', { proof: { from_size: 3, path: [], head: signedHead(kept, 2) } });
add('a witnessed head of a journal that was rewritten', 'head', { proof: proof(kept, 3, 7), head: signedHead(rewritten, 7) });
add('a witnessed head of another size', 'head', { proof: proof(kept, 3, 7), head: signedHead(kept, 8) });
add('a witnessed head that is none', 'head', { proof: proof(kept, 3, 7), head: { size: 7 } });

const lines = cases.map((c) => JSON.stringify(c)).join(',\n');
fs.writeFileSync(new URL('receipts.json', import.meta.url), `{"cases": [\n${lines}\n]}\n`);
