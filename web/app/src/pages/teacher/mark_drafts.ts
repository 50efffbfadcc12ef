// Marks that are on this device alone. Each page writes under a name of its own, so no two write over each other, and a page that begins goes on from the
// newest that is there.
import { marksOf } from '../../drafts.js';
import type { Edit } from './mark_keeper.js';

export interface Draft { edit: Edit; base: Edit; version: number | undefined; done: boolean; at: number }
export interface Subject { assignment: string; work: string; kind: 'mark' | 'agreed' }

const draftLimitMs = 90 * 86_400_000;
/** Not in sessionStorage: a tab that is duplicated takes that along. */
const page = Math.random().toString(36).slice(2);
const lockOf = (one: string) => `bellwether.marks.${one}`;
// Held as long as the page lives: what others find under its name is the page's own to send.
navigator.locks?.request(lockOf(page), () => new Promise<never>(() => undefined)).catch(() => undefined);

const prefixOf = (user: string, { assignment, work, kind }: Subject) => `${marksOf(user)}${assignment}.${work}.${kind}.`;

/** Of one person and one mark. */
export class Drafts {
  readonly #prefix: string;
  /** Of other pages, with the text that was taken over: what has been written since then is not ours to remove. */
  readonly #adopted = new Map<string, string>();
  constructor(user: string, subject: Subject) { this.#prefix = prefixOf(user, subject); }

  /** The newest, which is ours from now on. */
  adopt(): Draft | undefined {
    let newest: { key: string; text: string; draft: Draft } | undefined;
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith(this.#prefix))) {
      const text = localStorage.getItem(key) ?? 'null', draft = JSON.parse(text) as Draft | null;
      if (!draft || Date.now() - draft.at > draftLimitMs) localStorage.removeItem(key);
      else if (!newest || draft.at > newest.draft.at) newest = { key, text, draft };
    }
    if (newest) this.#adopted.set(newest.key, newest.text);
    return newest?.draft;
  }
  /** Is it on the device now? Where it has no room, what was there stays. */
  write(draft: Draft): boolean {
    try { localStorage.setItem(this.#prefix + page, JSON.stringify(draft)); } catch { return false; }
    this.#dropAdopted();
    return true;
  }
  forget(): void {
    localStorage.removeItem(this.#prefix + page);
    this.#dropAdopted();
  }
  #dropAdopted(): void {
    for (const [key, text] of this.#adopted) if (localStorage.getItem(key) === text) localStorage.removeItem(key);
    this.#adopted.clear();
  }
}

/** What waits here of this person, without what another living page writes and sends. */
export async function leftHere(user: string): Promise<Subject[]> {
  const held = new Set((await navigator.locks?.query())?.held?.map(({ name }) => name)), found = new Map<string, Subject>(), others = new Set<string>();
  for (const key of Object.keys(localStorage).filter((one) => one.startsWith(marksOf(user)))) {
    const [assignment = '', work = '', kind, writer = ''] = key.slice(marksOf(user).length).split('.');
    if (kind !== 'mark' && kind !== 'agreed') continue;
    const subject: Subject = { assignment, work, kind }, name = prefixOf(user, subject);
    found.set(name, subject);
    if (writer !== page && held.has(lockOf(writer))) others.add(name);
  }
  return [...found].filter(([name]) => !others.has(name)).map(([, subject]) => subject);
}

/** Works of the assignment of which something waits on this device. */
export function keptHere(user: string, assignment: string): Set<string> {
  const prefix = `${marksOf(user)}${assignment}.`;
  return new Set(Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length).split('.')[0] ?? ''));
}
