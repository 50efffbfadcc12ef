// The plain page: sign in, choose an assignment, hand in a text, see what became of it. No framework, no other host.
// What a student wrote lives in this tab's sessionStorage, with its idempotency key, until the server has proved receipt.

const $ = (id) => document.getElementById(id);
const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });
const show = (id, yes = true) => { $(id).hidden = !yes; };
const say = (id, text = '') => { if ($(id).textContent !== text) $(id).textContent = text; };

// ---- what is kept ----

const kept = {
  read(name) { try { return JSON.parse(sessionStorage.getItem(`bw.${name}`)); } catch { return null; } },
  /** False when the browser keeps nothing: storage full or off. */
  write(name, value) {
    try { sessionStorage.setItem(`bw.${name}`, JSON.stringify(value)); return true; } catch { return false; }
  },
  drop(name) { try { sessionStorage.removeItem(`bw.${name}`); } catch { /* nothing kept */ } },
};

let session = kept.read('session'); // {token, user, name}
let assignments = [];
let next = null;                    // the list's cursor
let open = null;                    // the assignment on screen
const items = new Map();            // assignment id -> item, of the signed-in user
const running = new Map();          // assignment id -> mark of the one loop that sends or polls for it

/**
 * One assignment's work. phase: draft -> sending -> received -> recorded | refused; sending -> draft if it cannot be sent.
 * `sent` went out under `key`: another text needs another key, the same text never does.
 */
function item(id) {
  if (!items.has(id)) items.set(id, kept.read(`item.${session.user}.${id}`) ?? { phase: 'draft', text: '', key: uuid(), sent: null });
  return items.get(id);
}

function keep(id) {
  const safe = kept.write(`item.${session.user}.${id}`, item(id));
  say('kept', safe ? 'What you write is kept on this device, in this tab, until it is sent.'
    : 'This browser keeps nothing: do not close or reload this page before your text is received.');
}

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID(); // missing on plain http outside localhost
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  return [...b].map((x) => x.toString(16).padStart(2, '0')).join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

// ---- time ----

let offset = 0;               // server's clock minus ours, ms
let offsetDoubt = Infinity;
const now = () => Date.now() + offset;

/** The Date header has whole seconds: on average it is half a second behind. The quickest answer tells best. */
function learnClock(header, from, to) {
  const at = Date.parse(header ?? '');
  if (Number.isNaN(at) || to - from >= offsetDoubt) return;
  offsetDoubt = to - from;
  offset = at + 500 - (from + to) / 2;
}

function inWords(ms) {
  const s = Math.floor(Math.abs(ms) / 1000), m = Math.floor(s / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
  const two = (n) => String(n).padStart(2, '0');
  const span = d ? `${d} d ${h % 24} h` : h ? `${h} h ${two(m % 60)} min` : m ? `${m} min ${two(s % 60)} s` : `${s} s`;
  return ms > 0 ? `${span} left` : `${span} past due`;
}

const minutes = { hour: 'numeric', minute: '2-digit' };
/** Due at midnight means the end of the day before: shown as people say it, on that day, at 11:59 PM. */
const shownDue = (at) => (new Date(at).getHours() + new Date(at).getMinutes() === 0 ? at - 1 : at);
const clockTime = (at) => new Date(at).toLocaleTimeString([], minutes);
const fullTime = (at, more) => new Date(at).toLocaleString([], { weekday: 'short', day: 'numeric', month: 'short', ...minutes, ...more });
function dayName(at) {
  const midnight = (t) => new Date(t).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(at) - midnight(now())) / 86_400_000);
  return { '-1': 'Yesterday', 0: 'Today', 1: 'Tomorrow' }[days]
    ?? new Date(at).toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' });
}

function tick() {
  for (const el of document.querySelectorAll('[data-due]')) {
    const left = Number(el.dataset.due) - now();
    el.textContent = inWords(left);
    el.classList.toggle('over', left <= 0);
  }
}
setInterval(tick, 1000);

// ---- talking to the server ----

const sentences = { // of codes whose detail is written for programs
  unauthenticated: 'User name or password is wrong.',
  forbidden: 'Your account is not allowed to do this.',
  payload_too_large: 'This text is too long.',
};
const reasons = {
  unknown_assignment: 'this assignment does not exist any more',
  not_enrolled: 'you are not enrolled in this class',
  wrong_kind: 'this assignment asks for something else than a text',
  too_large: 'it is larger than this assignment allows',
  not_open: 'it came before the assignment opened',
  too_late: 'it came after the last moment',
  attempts_used: 'you have used all your attempts',
  key_reused: 'another text came under the same number',
};

class Trouble extends Error {
  constructor(message, more) { super(message); Object.assign(this, { retry: false, status: 0, code: '', after: 0 }, more); }
}

async function call(method, path, { body, key } = {}) {
  const headers = { Accept: 'application/json' };
  if (session) headers.Authorization = `Bearer ${session.token}`;
  if (key) headers['Idempotency-Key'] = `"${key}"`;
  if (body) headers['Content-Type'] = 'application/json';
  const stop = new AbortController(), from = Date.now();
  const timer = setTimeout(() => stop.abort(), 20_000);
  try {
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal: stop.signal, credentials: 'omit', cache: 'no-store' });
    learnClock(answer.headers.get('Date'), from, Date.now());
    const data = await answer.json().catch(() => null);
    if (answer.ok && data) return data;
    const { status } = answer, code = data?.code ?? '', header = answer.headers.get('Retry-After') ?? '';
    const after = (/^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now()) || 0;
    const retry = answer.ok || [408, 429, 502, 503, 504].includes(status) || data?.retryable === true;
    throw new Trouble(status === 429 ? 'Too many requests' : status === 503 ? 'Very busy' : retry ? 'No good answer' : sentences[code] ?? (data?.detail ? upper(data.detail) : `The server answered ${status}.`),
      { retry, status, code, after });
  } catch (error) {
    if (error instanceof Trouble) throw error;
    throw new Trouble('No connection', { retry: true });
  } finally {
    clearTimeout(timer);
  }
}
const upper = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** At least Retry-After, then up to the attempt's backoff more by chance: a class must not come back in step. */
const pause = (attempt, after) => after + 300 + Math.random() * Math.min(30_000, 1000 * 2 ** attempt);

let onlines = 0; // how often the network came back
addEventListener('online', () => { ++onlines; });

/** Repeats `work` while that can help; `goOn` is asked before each attempt, `tell(message)` shows a wait ('' when it is over). */
async function untilAnswered(work, goOn, tell) {
  for (let attempt = 0; goOn(); ++attempt) {
    try {
      const result = await work();
      tell('');
      return result;
    } catch (error) {
      if (!(error instanceof Trouble) || !error.retry) { tell(''); throw error; }
      const end = Date.now() + pause(attempt, error.after);
      const seen = onlines;
      while (goOn() && Date.now() < end && onlines === seen) {
        tell(`${error.message}, trying again in ${Math.ceil((end - Date.now()) / 1000)} s`);
        await sleep(200);
      }
      if (onlines !== seen) await sleep(Math.random() * 800); // everybody's network comes back at once
      if (goOn()) tell('Trying again now');
    }
  }
  tell('');
  return null;
}

// ---- views ----

const views = ['nowhere', 'sign-in', 'list', 'work'];
function view(name, focus = true) {
  for (const v of views) show(`view-${v}`, v === name);
  show('account', session !== null && name !== 'nowhere');
  say('who', session?.name ?? '');
  const title = $(`${name}-title`);
  document.title = `${title.textContent} – Bellwether`;
  if (focus) { title.focus({ preventScroll: true }); scrollTo(0, 0); }
}

function nowhere() {
  say('here', location.host);
  say('host');
  view('nowhere', false);
}

// ---- signing in ----

let signingIn = 0; // attempts are numbered: stopping one makes it stale

function askToSignIn(note = '') {
  say('sign-in-error');
  say('sign-in-note', note);
  show('sign-in-note', note !== '');
  view('sign-in', false);
  ($('username').value ? $('password') : $('username')).focus();
}

async function signIn(event) {
  event.preventDefault();
  const name = $('username').value.trim(), password = $('password').value;
  say('sign-in-error');
  for (const id of ['username', 'password']) $(id).removeAttribute('aria-invalid');
  if (!name || !password) return signInFailed('Fill in your user name and your password.', name ? 'password' : 'username');
  if ($('sign-in-button').getAttribute('aria-disabled') === 'true') return;
  const mine = ++signingIn;
  busy(true);
  try {
    const answer = await untilAnswered(() => call('POST', '/v1/sessions', { body: { username: name, password } }), () => mine === signingIn,
      (text) => { say('sign-in-wait', text); show('sign-in-wait', text !== ''); show('sign-in-stop', text !== ''); });
    if (!answer || mine !== signingIn) return;
    $('password').value = '';
    session = { token: answer.access_token, user: answer.user_id, name };
    kept.write('session', session);
    start();
  } catch (error) {
    if (error.code === 'not_found') return nowhere();
    signInFailed(error.message, 'password');
  } finally {
    if (mine === signingIn) busy(false);
  }
  function busy(yes) { $('sign-in-button').setAttribute('aria-disabled', yes); }
}

function signInFailed(message, field) {
  say('sign-in-error', message);
  $(field).setAttribute('aria-invalid', 'true');
  $(field).setAttribute('aria-describedby', 'sign-in-error');
  $(field).focus();
  $(field).select();
}

/** Forgets the token. Drafts stay in this tab, under their owner's id. */
function forgetSession() {
  session = null;
  kept.drop('session');
  items.clear();
  running.clear();
  assignments = [];
  open = null;
  $('list').replaceChildren();
  $('text').value = '';
}

function sessionEnded() {
  if (!session) return;
  $('username').value = session.name;
  forgetSession();
  askToSignIn('Your sign-in has expired. What you wrote is kept: sign in again to go on.');
}

// ---- the list ----

function start() {
  items.clear();
  running.clear();
  view('list');
  loadList(false);
}

async function loadList(more) {
  const mine = session;
  say('list-error');
  if (!assignments.length) say('list-note', 'Loading …');
  const from = new Date(now() - 3_600_000).toISOString();
  const path = `/v1/assignments?due_from=${encodeURIComponent(from)}&limit=50${more ? `&cursor=${encodeURIComponent(next)}` : ''}`;
  try {
    const page = await untilAnswered(() => call('GET', path), () => session === mine,
      (text) => { say('list-wait', text); show('list-wait', text !== ''); });
    if (!page || session !== mine) return;
    assignments = more ? assignments.concat(page.data) : page.data;
    next = page.next;
  } catch (error) {
    say('list-note');
    return error.status === 401 ? sessionEnded() : say('list-error', error.message);
  }
  say('list-note', assignments.length ? '' : 'Nothing is due from now on.');
  for (const { assignment_id: id } of assignments) resume(id);
  const last = kept.read(`open.${session.user}`);
  const again = assignments.find((a) => a.assignment_id === last);
  if (again && !open && !more) openWork(again);
  else showList();
}

const safe = (it) => !['draft', 'sending'].includes(it.phase);
const badges = { draft: 'Kept on this device, not sent', sending: 'Kept on this device, sending', received: 'Received, with proof', recorded: 'Recorded', refused: 'Refused' };

function showList() {
  const list = $('list'), had = document.activeElement?.dataset?.id;
  list.replaceChildren();
  let day = '', ul;
  for (const a of assignments) {
    const due = Date.parse(a.due_at);
    if (dayName(shownDue(due)) !== day) {
      day = dayName(shownDue(due));
      list.append(element('h2', day), ul = element('ul'));
    }
    const button = element('button'), left = element('span', '', 'left'), mine = item(a.assignment_id), li = element('li');
    button.type = 'button';
    button.dataset.id = a.assignment_id;
    left.dataset.due = due;
    const when = element('time', `due ${clockTime(shownDue(due))}`, 'dim');
    when.dateTime = a.due_at;
    button.append(element('span', a.title, 'name'), left, element('span', a.section_title, 'dim'), when);
    if (mine.phase !== 'draft' || mine.text) button.append(element('span', badges[mine.phase] + (mine.late ? ', late' : ''), 'mine'));
    button.classList.toggle('safe', safe(mine));
    button.onclick = () => openWork(a);
    li.append(button);
    ul.append(li);
    if (had === a.assignment_id) button.focus();
  }
  show('more', next !== null);
  tick();
}

function element(tag, text = '', className = '') {
  const el = document.createElement(tag);
  if (text) el.textContent = text;
  if (className) el.className = className;
  return el;
}

// ---- one assignment ----

function openWork(a) {
  open = a;
  kept.write(`open.${session.user}`, a.assignment_id);
  say('work-title', a.title);
  say('work-section', a.section_title);
  say('work-due', fullTime(shownDue(Date.parse(a.due_at))));
  $('work-due').dateTime = a.due_at;
  $('work-left').dataset.due = Date.parse(a.due_at);
  $('text').value = item(a.assignment_id).text;
  const asksForText = a.kind === 'text';
  show('work', asksForText);
  show('asks-more', !asksForText);
  say('work-error', item(a.assignment_id).error);
  tick();
  showState(a.assignment_id);
  view('work');
}

function closeWork() {
  const id = open.assignment_id;
  open = null;
  kept.drop(`open.${session.user}`);
  view('list', false);
  showList();
  $('list').querySelector(`[data-id="${CSS.escape(id)}"]`)?.focus();
}

const titles = { sending: 'Kept on this device', received: 'Received, with proof', recorded: 'Recorded' };
const notes = {
  sending: 'Not received yet. This page keeps trying; leave it open.',
  received: 'The server has stored your work and signed a receipt for it. It is safe now.',
  recorded: 'Your work is in the class record.',
};

function showState(id) {
  if (open?.assignment_id !== id) return $('view-list').hidden ? undefined : showList();
  const it = item(id), { phase } = it, step = { sending: 0, received: 1, recorded: 2, refused: 2 }[phase];
  show('progress', phase !== 'draft');
  show('work', !safe(it));
  show('work-left', !safe(it));
  $('text').readOnly = phase === 'sending';
  $('submit').setAttribute('aria-disabled', phase === 'sending');
  say('submit', phase === 'sending' ? 'Sending …' : 'Hand in');
  if (phase === 'draft') return;
  $('progress').className = `card ${phase} ${step === 2 ? 'final' : ''}`;
  say('step-end', phase === 'refused' ? 'Refused' : 'Recorded');
  [...$('steps').children].forEach((li, i) => {
    li.className = i < step ? 'done' : i > step ? '' : phase === 'refused' ? 'bad' : 'now';
    i === step ? li.setAttribute('aria-current', 'step') : li.removeAttribute('aria-current');
  });
  say('state-title', phase === 'refused' ? `Refused: ${reasons[it.reason] ?? it.reason ?? 'no reason was given'}` : titles[phase]);
  say('state-note', phase === 'refused' ? 'The receipt still proves what you handed in, and when. Speak to your teacher.' : notes[phase]);
  show('late', it.late === true);
  if (!running.has(id) || phase !== 'sending') show('again', false);
  show('facts', Boolean(it.submission));
  say('fact-received', it.received ? fullTime(it.received, { second: '2-digit' }) : '');
  say('fact-id', it.submission ?? '');
  show('save', Boolean(it.receipt));
  show('stop', phase === 'sending');
  show('anew', step === 2);
}

function submit(event) {
  event.preventDefault();
  const id = open.assignment_id, it = item(id);
  if (it.phase !== 'draft') return; // a second click
  it.text = $('text').value;
  if (!it.text.trim()) {
    say('work-error', 'Write something first.');
    return $('text').focus();
  }
  if (it.sent !== null && it.sent !== it.text) it.key = uuid(); // another text is another submission
  Object.assign(it, { phase: 'sending', sent: it.text, error: '' });
  say('work-error');
  keep(id);
  resume(id);
  showState(id);
  $('state-title').focus();
}

/** Sends or polls what is under way, once at a time; also after a reload or a new sign-in. */
async function resume(id) {
  const it = item(id), mark = {};
  if (running.has(id) || !['sending', 'received'].includes(it.phase)) return;
  running.set(id, mark);
  const current = () => running.get(id) === mark;
  if (it.phase === 'sending') await send(id, it, current);
  if (current() && it.phase === 'received') await follow(id, it, current);
  if (current()) running.delete(id);
}

async function send(id, it, current) {
  const { key, sent } = it;
  try {
    const answer = await untilAnswered(() => call('POST', '/v1/submissions', { key, body: { assignment_id: id, text: sent } }), current,
      (text) => { if (current() && open?.assignment_id === id) { say('again', text); show('again', text !== ''); } });
    if (!answer || items.get(id) !== it || it.key !== key || it.receipt) return;
    if (it.text !== sent) { // the answer came after `stop`, and the text has changed since
      it.error = 'What you sent before was received. Hand in again to send this.';
    } else {
      Object.assign(it, { phase: 'received', text: '', sent: null, submission: answer.submission_id, received: answer.received_at, receipt: answer.receipt });
    }
  } catch (error) {
    if (!current()) return;
    if (error.status === 401) return sessionEnded(); // stays `sending`: goes on after the next sign-in
    Object.assign(it, { phase: 'draft', error: `Not handed in. ${error.message}` });
  }
  if (open?.assignment_id === id) say('work-error', it.error);
  keep(id);
  showState(id);
  if (!current()) resume(id);
}

async function follow(id, it, current) {
  for (let attempt = 0, after = 0; current(); ++attempt) {
    await sleep(pause(Math.min(attempt, 4), after) / 2);
    if (!current()) return;
    let found;
    try {
      found = await call('GET', `/v1/submissions/${it.submission}`);
    } catch (error) {
      if (error.status === 401) return current() && sessionEnded();
      after = 2 * error.after;
      continue; // it is received: the answer will come, whatever is the matter now
    }
    after = 0;
    if (!current() || !['recorded', 'refused'].includes(found.state)) continue;
    Object.assign(it, { phase: found.state, reason: found.reason, late: found.late, received: found.received_at, receipt: found.receipt ?? it.receipt });
    keep(id);
    return showState(id);
  }
}

function stopSending() {
  const id = open.assignment_id, it = item(id);
  if (it.phase !== 'sending') return;
  it.phase = 'draft'; // `sent` stays: the same text goes out under the same key again
  running.delete(id);
  keep(id);
  showState(id);
  $('text').focus();
}

function handInAnother() {
  const id = open.assignment_id;
  items.set(id, { phase: 'draft', text: '', key: uuid(), sent: null });
  keep(id);
  $('text').value = '';
  showState(id);
  $('text').focus();
}

function saveReceipt() {
  const it = item(open.assignment_id), a = element('a');
  a.href = URL.createObjectURL(new Blob([`${JSON.stringify(it.receipt, null, 2)}\n`], { type: 'application/json' }));
  a.download = `receipt-${it.submission}.json`;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
}

// ---- start ----

$('sign-in').onsubmit = signIn;
$('sign-in-stop').onclick = () => {
  ++signingIn;
  show('sign-in-wait', false);
  show('sign-in-stop', false);
  $('sign-in-button').setAttribute('aria-disabled', 'false');
  $('password').focus();
};
$('sign-out').onclick = () => {
  const unsent = [...items.values()].some((it) => it.phase === 'sending' || it.text);
  $('username').value = '';
  forgetSession();
  askToSignIn(unsent ? 'You are signed out. Unsent work stays in this tab until you sign in again.' : 'You are signed out.');
};
$('more').onclick = () => loadList(true);
$('back').onclick = closeWork;
$('work').onsubmit = submit;
$('text').oninput = () => {
  const it = item(open.assignment_id);
  it.text = $('text').value;
  keep(open.assignment_id);
};
$('stop').onclick = stopSending;
$('anew').onclick = handInAnother;
$('save').onclick = saveReceipt;
addEventListener('beforeunload', (event) => { // closing the tab now would lose it
  if ([...items.values()].some((it) => it.phase === 'sending')) event.preventDefault();
});

if (!/^[^.]+\..*[a-z]/i.test(location.hostname)) nowhere(); // `localhost` or an IP address names no institution
else {
  say('host', location.hostname.split('.')[0]);
  if (session) start();
  else askToSignIn();
}
