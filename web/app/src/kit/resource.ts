// What a page reads: the copy on this device at once, the server's answer as soon as it comes.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { pauseBefore } from '@bellwether/client';
import { ApiError, ask, me, now } from '../api.js';
import { drop, keep, kept } from '../kept.js';

export interface Resource<T> {
  /** The newest that there is; undefined: nothing yet. */
  data: Signal<T | undefined>;
  etag: Signal<string | null>;
  /** Why the newest is not the server's of now. */
  error: Signal<ApiError | undefined>;
  /** When the server said it, by its clock. */
  at: Signal<number | undefined>;
  busy: Signal<boolean>;
  /** Asked anew, also where an answer is on its way: that one may be older. `atItsEnd`: of pages, the last one. */
  reload(atItsEnd?: boolean): Promise<void>;
  /** What a change answered is newer than what was read. */
  set(data: T, etag?: string | null): void;
}

/** Who asks; the session's person unless said. */
export interface Asker {
  ask: typeof ask;
  /** Whose the copy on this device is; undefined: nobody asks. Read while rendering, so that somebody else's shows. */
  who: () => string | undefined;
  /** Nothing of it stays on this device. */
  keepsNothing?: boolean;
}
export const theSession: Asker = { ask, who: () => me.value?.user_id };

export interface Reading {
  everyMs?: number;
  /** Of a list: all its pages as one. Each `everyMs` only the last of them is read again, for a list that grows at its end. */
  pages?: boolean;
  by?: Asker;
  /** Names the copy on this device, where the path is another each day. */
  keptAs?: string;
}

/** Of a path; null: nothing is read. Read again when the page is looked at again, and each `everyMs`, if given. */
export function useResource<T>(path: string | null, { everyMs, pages = false, by = theSession, keptAs = path ?? '' }: Reading = {}): Resource<T> {
  const who = by.who(), resource = useMemo(() => make<T>(path, pages, by, keptAs, who), [path, by, who]); // another person's is another
  useEffect(() => {
    if (path === null || who === undefined) return;
    void resource.reload();
    const looking = () => document.visibilityState === 'visible';
    const again = () => { if (looking() && resource.mayAskAgain(freshMs)) void resource.reload(); };
    // A whole school is back at the same moment when its network is.
    const back = () => { soon = setTimeout(again, Math.random() * 3000); };
    const grown = () => { if (looking() && !resource.busy.peek() && resource.mayAskAgain(0)) void resource.reload(true); };
    let soon: ReturnType<typeof setTimeout> | undefined;
    addEventListener('visibilitychange', again);
    addEventListener('online', back);
    const timer = everyMs === undefined ? undefined : setInterval(grown, everyMs);
    return () => { removeEventListener('visibilitychange', again); removeEventListener('online', back); clearInterval(timer); clearTimeout(soon); };
  }, [resource, everyMs, who]);
  return resource;
}

/** What is younger is not read again because its page is looked at again. */
const freshMs = 5_000;

interface Part { data: unknown[]; next: string | null }
const partsLimit = 60;

/** A list's pages, of 500; those before the last are kept from one reading to the next. undefined: the last one is as it was. */
function partsOf(path: string, by: Asker) {
  let before: unknown[] = [], begins: string | undefined, last: string | undefined; // the last page, behind those
  return async (atItsEnd: boolean): Promise<Part | undefined> => {
    if (!atItsEnd) [before, begins, last] = [[], undefined, undefined];
    for (let parts = 1; ; ++parts) {
      const more = `${path.includes('?') ? '&' : '?'}limit=500${begins ? `&cursor=${encodeURIComponent(begins)}` : ''}`;
      const { data, next } = (await by.ask<Part>({ method: 'GET', path: path + more })).body, text = JSON.stringify(data);
      if (next === null || parts === partsLimit) {
        if (text === last) return undefined;
        last = text;
        return { data: [...before, ...data], next };
      }
      [before, begins, last] = [[...before, ...data], next, undefined];
    }
  };
}

function make<T>(path: string | null, pages: boolean, by: Asker, keptAs: string, who: string | undefined): Resource<T> & { mayAskAgain(freshMs: number): boolean } {
  const data = signal<T | undefined>(undefined), etag = signal<string | null>(null), error = signal<ApiError | undefined>(undefined);
  const at = signal<number | undefined>(undefined), busy = signal(path !== null);
  let asking: Promise<void> | undefined, next: Promise<void> | undefined, changes = 0, missed = false;
  let failures = 0, notBefore = 0, came = 0; // by the device's clock

  const parts = pages && path !== null ? partsOf(path, by) : undefined;
  async function newest(atItsEnd: boolean): Promise<void> {
    const before = changes;
    const [body, tag] = parts ? [await parts(atItsEnd && !missed) as T | undefined] : await by.ask<T>({ method: 'GET', path: path as string }).then((answer) => [answer.body, answer.headers.get('ETag')] as const);
    missed = changes !== before; // what a change answered is newer
    if (missed || by.who() !== who) return;
    if (body !== undefined) return resource.set(body, tag);
    error.value = undefined;
    at.value = now();
  }

  async function read(atItsEnd: boolean): Promise<void> {
    if (path === null || who === undefined || by.who() !== who) return;
    busy.value = true;
    const copy = data.peek() === undefined && !by.keepsNothing ? kept(who, keptAs).then((row) => {
      if (!row || data.peek() !== undefined) return;
      data.value = row.body as T;
      etag.value = row.etag;
      at.value = row.at;
    }) : undefined;
    try {
      await newest(atItsEnd);
      [failures, notBefore, came] = [0, 0, Date.now()];
    } catch (thrown) {
      await copy;
      const fault = thrown instanceof ApiError ? thrown : new ApiError(0, 'unreachable', String(thrown), true);
      notBefore = Date.now() + pauseBefore(++failures, fault.retryAfterMs, Math.random);
      if (fault.status === 403 || fault.status === 404) { // it is not this person's any more: the copy is not, either
        data.value = undefined;
        void drop(who, keptAs);
      }
      error.value = fault;
    } finally { busy.value = false; }
  }
  const resource = {
    data, etag, error, at, busy,
    mayAskAgain: (fresh: number) => Date.now() >= notBefore && Date.now() - came >= fresh,
    reload(atItsEnd = false): Promise<void> {
      if (!asking) return asking = read(atItsEnd).finally(() => { asking = undefined; });
      return next ??= asking.then(() => { next = undefined; return resource.reload(atItsEnd); });
    },
    set(body: T, tag?: string | null) {
      changes += 1;
      data.value = body;
      if (tag !== undefined) etag.value = tag;
      error.value = undefined;
      at.value = now();
      if (path !== null && who !== undefined && by.who() === who && !by.keepsNothing) void keep(who, keptAs, body, etag.peek(), now());
    },
  };
  return resource;
}
