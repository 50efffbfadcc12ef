// One marker's words about one work, as they are written: on this device at once, on the server a moment later, and never over somebody else's.
// Tab, device and network may go at any time; what was typed is there again. Nothing here knows how it looks.
import type { schemas } from '@bellwether/client';
import { signal } from '@preact/signals';
import { ApiError, ask, me } from '../../api.js';
import { etagOf } from './data.js';
import { Drafts, leftHere, type Draft, type Subject } from './mark_drafts.js';
import { answered, hasten, queue } from './mark_turns.js';

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

// ---- the keeper ----

/** saved: the server has all of it. kept: this device has it, the server not yet. */
export type KeeperState = 'saved' | 'kept' | 'saving';
const restMs = 900;

/** Those that are shown, and those that were left while something waited: they go on sending. */
const living = new Map<string, MarkKeeper>();

/** The keeper of a mark. `begin`: what an edit begins from where nobody has marked. */
export function keeperOf(subject: Subject, mark: Mark | undefined, begin?: Edit): MarkKeeper {
  const user = me.peek()?.user_id ?? '', key = [user, subject.assignment, subject.work, subject.kind].join();
  const keeper = living.get(key) ?? new MarkKeeper(key, user, subject, mark, begin);
  living.set(key, keeper);
  keeper.learn(mark);
  return keeper;
}

/** Where another's mark stands: that is asked when the work is opened, so it is not sent before. */
const asks = new Set<string>();

/** Sends what waits on this device of whoever is signed in, as far as time mends what hindered it. */
export async function sendLeft(): Promise<void> {
  const user = me.peek()?.user_id;
  if (user === undefined) return;
  hasten();
  for (const keeper of living.values()) keeper.again();
  const left = await leftHere(user);
  if (me.peek()?.user_id !== user) return;
  for (const subject of left) {
    const key = [user, subject.assignment, subject.work, subject.kind].join();
    if (!asks.has(key)) keeperOf(subject, undefined);
  }
}

export class MarkKeeper {
  readonly edit = signal<Edit>({ items: {}, feedback: '' });
  readonly state = signal<KeeperState>('saved');
  readonly fault = signal<ApiError | undefined>(undefined);
  /** What is not saved: does at least the device have it? */
  readonly onDevice = signal(true);
  /** What stands, as far as it is known here. */
  readonly mark = signal<Mark | undefined>(undefined);
  /** Somebody else's, which stands instead of what this edit began from. */
  readonly stands = signal<Mark | undefined>(undefined);
  #base: Edit;
  #version: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<boolean> | undefined;
  /** As done, not as a draft. */
  #done = false;
  /** Nobody looks at it. */
  #left = true;
  readonly #path: string;
  readonly #drafts: Drafts;

  constructor(private readonly key: string, private readonly user: string, subject: Subject, mark: Mark | undefined, begin: Edit = editOf(mark)) {
    [this.mark.value, this.#base, this.#version, this.edit.value] = [mark, editOf(mark), mark?.version, begin];
    this.#path = `/v1/assignments/${subject.assignment}/works/${subject.work}/${subject.kind === 'agreed' ? 'agreed-mark' : 'mark'}`;
    this.#drafts = new Drafts(user, subject);
    const newest = this.#drafts.adopt();
    if (newest) this.#resume(newest);
  }
  enter(): void {
    this.#left = false;
    living.set(this.key, this);
    addEventListener('pagehide', this.#last);
  }
  /** What waits is sent all the same. */
  leave(): void {
    this.#left = true;
    removeEventListener('pagehide', this.#last);
    this.again();
    this.#endIfOver();
  }
  #endIfOver(): void {
    if (!this.#left || (this.state.peek() !== 'saved' && !this.stands.peek())) return;
    clearTimeout(this.#timer);
    if (this.stands.peek()) asks.add(this.key);
    if (living.get(this.key) === this) living.delete(this.key);
  }

  /** What was left on the device goes on from where it was, whatever stands now: if that is another, one is asked. */
  #resume({ edit, base, version, done }: Draft): void {
    if (differences(edit, editOf(this.mark.peek())).length === 0 && this.mark.peek()?.done === done) return this.#drafts.forget();
    [this.edit.value, this.#base, this.#version, this.#done, this.state.value] = [edit, base, version, done, 'kept'];
    this.again();
  }
  get #waits(): boolean {
    const fault = this.fault.peek();
    return this.state.peek() === 'kept' && !this.stands.peek() && (!fault || waits(fault));
  }
  /** As soon as it is its turn. */
  again(): void { if (this.#waits) queue(this); }
  async attempt(): Promise<void> {
    while (this.#sending) await this.#sending;
    if (this.#waits) await this.#save();
  }
  /** The page goes; what it has just been told goes out all the same. */
  #last = (): void => { if (this.#waits && !this.fault.peek() && !this.#sending) void this.#save(true); };

  change(next: Edit): void {
    this.edit.value = next;
    [this.state.value, this.#done] = ['kept', false];
    this.fault.value = undefined;
    if (!this.stands.peek()) this.#plan();
    this.#write();
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
  async #save(last = false): Promise<boolean> {
    while (this.#sending) await this.#sending;
    clearTimeout(this.#timer); // what was planned meanwhile goes with this
    this.#sending = this.#send(last).finally(() => { this.#sending = undefined; });
    return this.#sending;
  }

  /** Where two differ: `takeTheirs` says at which places the other's counts. */
  settle(takeTheirs: readonly Place[]): void {
    const theirs = this.stands.peek();
    if (!theirs) return;
    const next = mixed(this.edit.peek(), editOf(theirs), takeTheirs);
    this.stands.value = undefined;
    this.#adopt(theirs);
    if (differences(next, editOf(theirs)).length === 0) {
      [this.edit.value, this.state.value] = [next, 'saved'];
      return this.#drafts.forget();
    }
    this.change(next);
    void this.save(false);
  }
  /** At which of these places only the other has changed something. */
  theirsAlone(differing: readonly Place[]): Place[] { return differing.filter((place) => at(this.edit.peek(), place) === at(this.#base, place)); }

  async #send(keepalive: boolean): Promise<boolean> {
    if (me.peek()?.user_id !== this.user) return false; // another person is signed in: it waits for its writer
    const sent = this.edit.peek(), done = this.#done;
    [this.state.value, this.fault.value] = ['saving', undefined];
    try {
      const { body } = await ask<Mark>({ method: 'PUT', path: this.#path, body: bodyOf(sent, done), retryForMs: 0, keepalive,
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
    answered();
    if (this.edit.peek() !== sent) { // written on meanwhile
      this.state.value = 'kept';
      this.#plan();
      return this.#write();
    }
    this.state.value = 'saved';
    this.#drafts.forget();
    this.#endIfOver();
  }
  #failedWith(error: ApiError, sent: Edit, done: boolean): boolean {
    const stands = error.status === 412 || error.status === 428 ? error.problem?.standing as Mark | undefined : undefined;
    if (stands && stands.done === done && differences(sent, editOf(stands)).length === 0) { // an answer of ours that was lost, or the same words
      this.#adopt(stands);
      this.#settled(sent);
      return true;
    }
    if (stands) this.stands.value = stands;
    else {
      this.fault.value = error;
      if (waits(error)) queue(this, error);
    }
    this.#endIfOver();
    return false;
  }

  #plan(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.again(), restMs);
  }
  #adopt(mark: Mark | undefined): void { [this.mark.value, this.#base, this.#version] = [mark, editOf(mark), mark?.version]; }
  #write(): void {
    this.onDevice.value = this.#drafts.write({ edit: this.edit.peek(), base: this.#base, version: this.#version, done: this.#done, at: Date.now() });
  }
}

/** What no change of words mends, but time. */
export const waits = ({ status }: ApiError): boolean => status === 0 || status === 401 || status === 429 || status >= 500;
