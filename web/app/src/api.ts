// The one client of this tab: requests, the session, the outbox.
import { entryStore, Outbox, receiptVerifier, Session, sharedSession, Transport, ApiError, type Answer, type Request } from '@bellwether/client';
import { signal } from '@preact/signals';

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

/** undefined: not known yet; null: nobody is signed in. */
export const me = signal<Person | null | undefined>(undefined);

export async function begin(): Promise<void> {
  session = new Session(transport, await sharedSession());
  outbox = new Outbox(session, await entryStore(), transport.clock, { verify: receiptVerifier(transport) });
  addEventListener('online', () => { online.value = true; });
  addEventListener('offline', () => { online.value = false; });
  session.onChange(() => { void recognise(); });
  void recognise(); // the page does not wait for the network
}

const personKey = 'bellwether.person';

/** Who is signed in: the session says the id at once, the server the name, which is kept for when it does not answer. */
async function recognise(): Promise<void> {
  const info = session.info;
  if (!info) {
    localStorage.removeItem(personKey);
    me.value = null;
    return;
  }
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
