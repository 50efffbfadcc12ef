// The one client of this tab: requests, the session, the outbox.
import {
  Activities, Api, ApiError, entryStore, Events, Outbox, receiptVerifier, Session, sharedEvents, sharedSession, Transport, type Answer, type Entry, type Request,
} from '@bellwether/client';
import { signal } from '@preact/signals';
import { forgetAll } from './kept.js';

export { ApiError, unsent } from '@bellwether/client';

export interface Person { user_id: string; username: string; given_name: string; family_name: string; roles: string[] }

/** Does the device, and the server as far as it was asked, say so? */
export const online = signal(navigator.onLine);

/** Each answer, or none, tells whether we are online; what was given up here tells nothing. */
async function fetchAndTell(...given: Parameters<typeof fetch>): Promise<Response> {
  try {
    const answer = await fetch(...given);
    online.value = true;
    return answer;
  } catch (error) {
    if (given[1]?.signal?.aborted !== true) online.value = false;
    throw error;
  }
}

export const transport = new Transport({ fetch: fetchAndTell });
export let session: Session;
export let outbox: Outbox;
export let api: Api;
export let events: Events;
export let activities: Activities;

/** undefined: not known yet; null: nobody is signed in. */
export const me = signal<Person | null | undefined>(undefined);
/** What was handed in on this device by whoever is signed in. */
export const handedIn = signal<readonly Entry[]>([]);
/** Somebody was signed in, and did not sign out. */
export const ended = signal(false);

export async function begin(): Promise<void> {
  session = new Session(transport, await sharedSession());
  api = new Api(session);
  activities = new Activities(session);
  await arrive(); // before anything goes as whoever was here
  outbox = new Outbox(session, await entryStore(), transport.clock, { verify: receiptVerifier(transport) });
  outbox.onChange((entries) => { handedIn.value = entries; });
  addEventListener('online', () => { online.value = true; });
  addEventListener('offline', () => { online.value = false; });
  const look = () => { void recognise(); };
  session.onChange(look);
  addEventListener('pageshow', ({ persisted }) => { if (persisted) look(); }); // another may have signed in while this page slept
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') look(); });
  look(); // the page does not wait for the network
  events = new Events(session, transport, sharedEvents());
}

/** Back from an identity provider (`?arrived`): the cookies are here, whoever was known before, and say who it is. */
async function arrive(): Promise<void> {
  const address = new URL(location.href);
  if (!address.searchParams.has('arrived')) return;
  address.searchParams.delete('arrived');
  history.replaceState(history.state, '', address);
  await session.arrive().catch(() => undefined); // the sign-in shows, and says what is wrong
}

/** Nobody is signed in: of whoever was, only what is on this device alone stays on it. */
async function forgetWhoIsGone(user: string | undefined): Promise<void> {
  localStorage.removeItem(personKey);
  await forgetAll();
  if (user !== undefined) await outbox.leave(user);
}

let leaving = false;
export async function signOut(everywhere = false): Promise<void> {
  leaving = true;
  try { await session.signOut({ everywhere }); } finally { leaving = false; }
}

const personKey = 'bellwether.person';

function remembered(): Person | null {
  try { return JSON.parse(localStorage.getItem(personKey) ?? 'null') as Person | null; } catch { return null; }
}
function remember(person: Person): void {
  try { localStorage.setItem(personKey, JSON.stringify(person)); } catch { /* the name is asked for again */ }
}

let asking: string | undefined; // who is being asked about

/** Who is signed in: the session says the id at once, the server the name, which is kept for when it does not answer. */
async function recognise(): Promise<void> {
  const user = session.info?.user_id, left = leaving, before = me.peek();
  if (user === undefined) {
    const gone = before?.user_id ?? remembered()?.user_id;
    if (before) ended.value = !left;
    me.value = null;
    handedIn.value = [];
    return forgetWhoIsGone(gone);
  }
  ended.value = false;
  if (before?.user_id === user || asking === user) return;
  asking = user;
  if (before) me.value = undefined; // nothing of one person is shown to another
  const still = () => session.info?.user_id === user;
  const kept = remembered();
  if (kept?.user_id === user) me.value = kept;
  const entries = await outbox.entries().catch(() => []);
  if (still()) handedIn.value = entries;
  try {
    const person = (await ask<Person>({ method: 'GET', path: '/v1/me' })).body;
    if (!still()) return;
    if (person.user_id !== user) return await session.arrive(); // the cookies are another's
    remember(person);
    me.value = person;
  } catch (error) {
    if (!still()) return;
    if (error instanceof ApiError && error.status === 401) me.value = null;
    else me.value ??= { user_id: user, username: '', given_name: '', family_name: '', roles: session.info?.roles ?? [] };
  } finally { if (asking === user) asking = undefined; }
}

/** As the session's person. A device that knows that it is offline does not try for a while: what it has kept says at once as of when it is, and is read
 * again when the network is back. */
export async function ask<T>(request: Request): Promise<Omit<Answer, 'body'> & { body: T }> {
  const once = request.method === 'GET' && !navigator.onLine;
  return (await session.send(once ? { retryForMs: 0, ...request } : request)) as Omit<Answer, 'body'> & { body: T };
}

/** Of the server's clock. */
export const now = (): number => transport.clock.now();
export const has = (role: string): boolean => me.value?.roles.includes(role) ?? false;
