// One marker's words about one work, as they are written: on this device at once, on the server a moment later, and never over somebody else's.
// Tab, device and network may go at any time; what was typed is there again. Nothing here knows how it looks.
import { pauseBefore, type schemas } from '@bellwether/client';
import { signal } from '@preact/signals';
import { ApiError, ask, me } from '../../api.js';
import { marksOf } from '../../drafts.js';
import { etagOf } from './data.js';

export type Mark = schemas.Mark;
export interface ItemEdit { level?: string | undefined; points?: number | undefined; feedback: string }
export interface Edit { points?: number | undefined; items: Record<string, ItemEdit>; feedback: string }

const nothing: ItemEdit = { feedback: '' };
export const itemIn = (edit: Edit, id: string): ItemEdit => edit.items[id] ?? nothing;

export function editOf(mark: Mark | undefined): Edit {
  const items: Record<string, ItemEdit> = {};
  for (const { id, level, points, feedback } of mark?.items ?? []) items[id] = { ...(level !== undefined && { level }), ...(points !== undefined && { points }), feedback };
  return { ...(mark?.points !== undefined && { points: mark.points }), items, feedback: mark?.feedback ?? '' };
}

// ---- places of an edit, so that two can be compared and mixed ----

/** "points", "feedback", "argument" (its level or points), "argument.feedback". */
export type Place = string;
const places = (...edits: Edit[]): Place[] => {
  const ids = new Set(edits.flatMap((edit) => Object.keys(edit.items)));
  return ['points', ...[...ids].flatMap((id) => [id, `${id}.feedback`]), 'feedback'];
};
/** A level says its points too, and not every mark says both. */
export function at(edit: Edit, place: Place): string {
  if (place === 'points') return edit.points === undefined ? '' : String(edit.points);
  if (place === 'feedback') return edit.feedback;
  const [id = '', part] = place.split('.'), { level, points, feedback } = itemIn(edit, id);
  return part ? feedback : level ?? (points === undefined ? '' : String(points));
}
function put(edit: Edit, place: Place, from: Edit): Edit {
  if (place === 'points') { const { points: _, ...rest } = edit; return from.points === undefined ? rest : { ...rest, points: from.points }; }
  if (place === 'feedback') return { ...edit, feedback: from.feedback };
  const [id = '', part] = place.split('.'), mine = itemIn(edit, id), theirs = itemIn(from, id);
  return { ...edit, items: { ...edit.items, [id]: part ? { ...mine, feedback: theirs.feedback } : { ...theirs, feedback: mine.feedback } } };
}
export const differences = (a: Edit, b: Edit): Place[] => places(a, b).filter((place) => at(a, place) !== at(b, place));
/** `mine` with what `theirs` says at these places. */
export const mixed = (mine: Edit, theirs: Edit, takeTheirs: readonly Place[]): Edit => takeTheirs.reduce((edit, place) => put(edit, place, theirs), mine);

export function bodyOf(edit: Edit, done: boolean): schemas.MarkEdit {
  const items = Object.entries(edit.items).filter(([, { level, points, feedback }]) => level !== undefined || points !== undefined || feedback !== '')
    .map(([id, { level, points, feedback }]) => ({ id, ...(level !== undefined ? { level } : points !== undefined ? { points } : {}), ...(feedback !== '' && { feedback }) }));
  return { done, feedback: edit.feedback, ...(edit.points !== undefined && { points: edit.points }), ...(items.length > 0 && { items }) };
}

// ---- what stays on the device ----

interface Draft { edit: Edit; base: Edit; version: number | undefined; done: boolean; at: number }
const tab: string = (sessionStorage['bellwether.tab'] ??= Math.random().toString(36).slice(2));
const draftLimitMs = 90 * 86_400_000;

function draftsOf(prefix: string): { key: string; draft: Draft }[] {
  const found: { key: string; draft: Draft }[] = [];
  for (const key of Object.keys(localStorage).filter((one) => one.startsWith(prefix))) {
    const draft = JSON.parse(localStorage.getItem(key) ?? 'null') as Draft | null;
    if (!draft || Date.now() - draft.at > draftLimitMs) localStorage.removeItem(key);
    else found.push({ key, draft });
  }
  return found.sort((a, b) => b.draft.at - a.draft.at);
}

/** Works of the assignment of which something waits on this device. */
export function keptHere(assignment: string): Set<string> {
  const prefix = `${marksOf(me.peek()?.user_id ?? '')}${assignment}.`;
  return new Set(Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length).split('.')[0] ?? ''));
}

// ---- the keeper ----

/** saved: the server has all of it. kept: this device has it, the server not yet. */
export type KeeperState = 'saved' | 'kept' | 'saving';
const restMs = 900;

/** Those that are shown, and those that were left while something waited: they go on sending. */
const living = new Map<string, MarkKeeper>();
interface Subject { path: string; assignment: string; work: string; kind: 'mark' | 'agreed' }

/** The keeper of a mark. `begin`: what an edit begins from where nobody has marked. */
export function keeperOf(subject: Subject, mark: Mark | undefined, begin?: Edit): MarkKeeper {
  const user = me.peek()?.user_id ?? '', prefix = `${marksOf(user)}${subject.assignment}.${subject.work}.${subject.kind}.`;
  const keeper = living.get(prefix) ?? new MarkKeeper(subject.path, prefix, user, mark, begin);
  living.set(prefix, keeper);
  keeper.learn(mark);
  return keeper;
}

export class MarkKeeper {
  readonly edit = signal<Edit>({ items: {}, feedback: '' });
  readonly state = signal<KeeperState>('saved');
  readonly fault = signal<ApiError | undefined>(undefined);
  /** What stands, as far as it is known here. */
  readonly mark = signal<Mark | undefined>(undefined);
  /** Somebody else's, which stands instead of what this edit began from. */
  readonly standing = signal<Mark | undefined>(undefined);
  #base: Edit;
  #version: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<boolean> | undefined;
  #failed = 0;
  /** As done, not as a draft. */
  #done = false;
  #left = false;
  #adopted: string[] = [];

  constructor(private readonly path: string, private readonly prefix: string, private readonly user: string, mark: Mark | undefined, begin: Edit = editOf(mark)) {
    [this.mark.value, this.#base, this.#version, this.edit.value] = [mark, editOf(mark), mark?.version, begin];
    const [newest] = draftsOf(prefix);
    if (newest) this.#resume(newest.key, newest.draft);
    addEventListener('online', this.#again);
    addEventListener('pagehide', this.#again);
  }
  enter(): void { this.#left = false; }
  /** What waits is sent all the same. */
  leave(): void {
    this.#left = true;
    this.#again();
    this.#endIfOver();
  }
  #endIfOver(): void {
    if (!this.#left || (this.state.peek() !== 'saved' && !this.standing.peek())) return;
    clearTimeout(this.#timer);
    living.delete(this.prefix);
    removeEventListener('online', this.#again);
    removeEventListener('pagehide', this.#again);
  }

  /** What was left on the device goes on from where it was, whatever stands now: if that is another, one is asked. */
  #resume(key: string, { edit, base, version, done }: Draft): void {
    this.#adopted.push(key);
    if (differences(edit, editOf(this.mark.peek())).length === 0 && this.mark.peek()?.done === done) return this.#forget();
    [this.edit.value, this.#base, this.#version, this.#done, this.state.value] = [edit, base, version, done, 'kept'];
    this.#plan(0);
  }
  #again = (): void => { if (this.state.peek() === 'kept' && !this.standing.peek()) void this.#save(); };

  change(next: Edit): void {
    this.edit.value = next;
    [this.state.value, this.#done] = ['kept', false];
    this.fault.value = undefined;
    this.#write();
    if (!this.standing.peek()) this.#plan(restMs);
  }

  /** What was read anew; it counts if nothing here waits. */
  learn(mark: Mark | undefined): void {
    if (this.state.peek() !== 'saved' || (mark?.version ?? 0) <= (this.#version ?? 0)) return;
    this.#adopt(mark);
    this.edit.value = editOf(mark);
  }

  /** All of it, as a draft or done. Resolves to whether the server has it; what it has not is kept, and tried again as such. */
  save(done: boolean): Promise<boolean> {
    this.#done = done;
    return this.#save();
  }
  async #save(): Promise<boolean> {
    clearTimeout(this.#timer);
    while (this.#sending) await this.#sending;
    this.#sending = this.#send().finally(() => { this.#sending = undefined; });
    return this.#sending;
  }

  /** Where two differ: `takeTheirs` says at which places the other's counts. */
  settle(takeTheirs: readonly Place[]): void {
    const theirs = this.standing.peek();
    if (!theirs) return;
    const next = mixed(this.edit.peek(), editOf(theirs), takeTheirs);
    this.standing.value = undefined;
    this.#adopt(theirs);
    if (differences(next, editOf(theirs)).length === 0) {
      [this.edit.value, this.state.value] = [next, 'saved'];
      return this.#forget();
    }
    this.change(next);
    void this.save(false);
  }
  /** At which of these places only the other has changed something. */
  theirsAlone(differing: readonly Place[]): Place[] { return differing.filter((place) => at(this.edit.peek(), place) === at(this.#base, place)); }

  async #send(): Promise<boolean> {
    if (me.peek()?.user_id !== this.user) return false; // another person is signed in: it waits for its writer
    const sent = this.edit.peek(), done = this.#done;
    [this.state.value, this.fault.value] = ['saving', undefined];
    try {
      const { body } = await ask<Mark>({ method: 'PUT', path: this.path, body: bodyOf(sent, done), retryForMs: 0,
        headers: this.#version === undefined ? {} : { 'If-Match': etagOf(this.#version) } });
      this.#adopt(body);
      this.#settled(sent);
      return true;
    } catch (error) {
      this.state.value = 'kept';
      this.#write();
      if (!(error instanceof ApiError)) throw error;
      return this.#failedWith(error, sent, done);
    }
  }
  #settled(sent: Edit): void {
    this.#failed = 0;
    if (this.edit.peek() !== sent) { // written on meanwhile
      this.state.value = 'kept';
      this.#write();
      return this.#plan(restMs);
    }
    this.state.value = 'saved';
    this.#forget();
    this.#endIfOver();
  }
  #failedWith(error: ApiError, sent: Edit, done: boolean): boolean {
    const stands = error.status === 412 || error.status === 428 ? error.problem?.standing as Mark | undefined : undefined;
    if (stands && stands.done === done && differences(sent, editOf(stands)).length === 0) { // an answer of ours that was lost, or the same words
      this.#adopt(stands);
      this.#settled(sent);
      return true;
    }
    if (stands) this.standing.value = stands;
    else {
      this.fault.value = error;
      if (waits(error)) this.#plan(pauseBefore(++this.#failed, error.retryAfterMs, Math.random));
    }
    this.#endIfOver();
    return false;
  }

  #plan(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { void this.#save(); }, ms);
  }
  #adopt(mark: Mark | undefined): void { [this.mark.value, this.#base, this.#version] = [mark, editOf(mark), mark?.version]; }
  #write(): void {
    const draft: Draft = { edit: this.edit.peek(), base: this.#base, version: this.#version, done: this.#done, at: Date.now() };
    localStorage.setItem(this.prefix + tab, JSON.stringify(draft));
  }
  #forget(): void { for (const key of [this.prefix + tab, ...this.#adopted.splice(0)]) localStorage.removeItem(key); }
}

/** What no change of words mends, but time. */
export const waits = ({ status }: ApiError): boolean => status === 0 || status === 401 || status === 429 || status >= 500;
