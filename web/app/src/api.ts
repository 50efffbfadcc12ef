// The one client of this tab: requests, the session, the outbox.
import {
  Api, ApiError, entryStore, Events, Outbox, receiptVerifier, Session, sharedEvents, sharedSession, Transport, type Answer, type Entry, type EntryStore, type Request,
} from '@bellwether/client';
import { signal } from '@preact/signals';
import { forgetAll } from './kept.js';

export { ApiError } from '@bellwether/client';

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
let entryRows: EntryStore;

/** undefined: not known yet; null: nobody is signed in. */
export const me = signal<Person | null | undefined>(undefined);
/** What was handed in on this device by whoever is signed in. */
export const handedIn = signal<readonly Entry[]>([]);
/** Somebody was signed in, and did not sign out. */
export const ended = signal(false);

export async function begin(): Promise<void> {
  session = new Session(transport, await sharedSession());
  api = new Api(session);
  entryRows = await entryStore();
  outbox = new Outbox(session, entryRows, transport.clock, { verify: receiptVerifier(transport) });
  outbox.onChange((entries) => { handedIn.value = entries; });
  addEventListener('online', () => { online.value = true; });
  addEventListener('offline', () => { online.value = false; });
  session.onChange(() => { void recognise(); });
  await arrive();
  void recognise(); // the page does not wait for the network
  events = new Events(session, transport, sharedEvents());
}

/** Back from an identity provider (`?arrived`): the cookies are here, and what is known of the session comes by renewing it. */
async function arrive(): Promise<void> {
  const address = new URL(location.href);
  if (!address.searchParams.has('arrived')) return;
  address.searchParams.delete('arrived');
  history.replaceState(history.state, '', address);
  if (!session.info) await session.renew().catch(() => undefined); // the sign-in shows, and says what is wrong
}

/** Is there anything of it that only this device has? */
export const unsent = ({ state, submission_id }: Entry): boolean => state === 'kept' || (state === 'refused' && submission_id === undefined);

/** Nobody is signed in: of whoever was, only what is unsent stays on this device. */
async function forgetWhoIsGone(): Promise<void> {
  localStorage.removeItem(personKey);
  await forgetAll();
  await entryRows.exclusively(async () => {
    for (const entry of await entryRows.all()) if (!unsent(entry)) await entryRows.remove(entry.key);
  });
}

let leaving = false;
export async function signOut(everywhere = false): Promise<void> {
  leaving = true;
  try { await session.signOut({ everywhere }); } finally { leaving = false; }
}

const personKey = 'bellwether.person';

/** Who is signed in: the session says the id at once, the server the name, which is kept for when it does not answer. */
async function recognise(): Promise<void> {
  const info = session.info, left = leaving;
  handedIn.value = await outbox.entries();
  if (!info) {
    if (me.peek()) ended.value = !left;
    me.value = null;
    return forgetWhoIsGone();
  }
  ended.value = false;
  if (me.peek()?.user_id === info.user_id) return;
  const kept = JSON.parse(localStorage.getItem(personKey) ?? 'null') as Person | null;
  if (kept?.user_id === info.user_id) me.value = kept;
  try {
    const person = (await ask<Person>({ method: 'GET', path: '/v1/me' })).body;
    localStorage.setItem(personKey, JSON.stringify(person));
    me.value = person;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) me.value = null;
    else me.value ??= { user_id: info.user_id, username: '', given_name: '', family_name: '', roles: info.roles };
  }
}

/** As the session's person. */
export const ask = async <T>(request: Request): Promise<Omit<Answer, 'body'> & { body: T }> => (await session.send(request)) as Omit<Answer, 'body'> & { body: T };

/** Of the server's clock. */
export const now = (): number => transport.clock.now();
export const has = (role: string): boolean => me.value?.roles.includes(role) ?? false;
