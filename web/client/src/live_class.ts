// One live class, for whoever is in it: joins, has the player ready before its moment and starts it then, renews the address before it ends, goes to another
// edge when one dies, and says in states what becomes of the class. What plays is the page's (`LivePlayer`); nothing here touches the document.
import type { JoinedLiveClass, LiveClass as KnownClass } from './openapi.js';
import { pauseBefore } from './pauses.js';
import { ApiError } from './problem.js';
import type { Session } from './session.js';

/** Where to watch, as the join says it. */
export interface Playback { url: string; cookies: readonly { name: string; value: string; domain: string; path: string }[] }

export interface LivePlayer {
  /** Loads what playing needs, and shows nothing yet. */
  prepare(playback: Playback): void;
  /** Begins, or goes on. */
  play(): void;
  /** From now on everything is asked for there: the same class by a newer address, perhaps at another edge. What plays goes on. */
  renew(playback: Playback): void;
  /** The class is not on: nothing is asked for any more. `prepare` begins anew. */
  stop(): void;
}

/** asking: nothing is known yet. early: it may be joined later. waiting: the player is ready, or there is no stream. playing: it has been told to.
 * away: not in this class, or there is none. The last five ask for nothing until something has changed. */
export type LiveState = 'asking' | 'early' | 'waiting' | 'playing' | 'cancelled' | 'over' | 'put_out' | 'away' | 'closed';

export interface LiveView {
  state: LiveState;
  title?: string;
  beginsAt?: string;
  endsAt?: string;
  opensAt?: string;
  /** When it was to begin before it was moved. */
  movedFrom?: string;
  onAir?: JoinedLiveClass['on_air'];
  role?: JoinedLiveClass['role'];
  recording?: string | null;
  /** No answer, or a refusal for now: it is asked again, and what plays goes on meanwhile. */
  fault?: ApiError;
  /** The edge has not answered; another, or the same, is tried. */
  edgeLost?: boolean;
  /** The newest answer, for whoever enters the room or tells of attendance. */
  joined?: JoinedLiveClass;
}

/** What a player cannot mend by itself. expired: the address is over (410, or 403). edge: no answer. stalled: nothing new comes. */
export type Trouble = 'expired' | 'edge' | 'stalled';

export interface LiveClassOptions {
  random?: () => number;
  /** The server's clock. */
  now?: () => number;
  /** Calls `deed` after a while, unless the answer is called. */
  after?: (ms: number, deed: () => void) => () => void;
}

/** A join with the edges of this viewer's, the best first, where the server says them. */
type Joined = JoinedLiveClass & { edges?: readonly string[] };

const seconds = 1000;
/** While somebody waits, or the teacher's picture is missing, it is looked at this often: so late is heard that a class has moved. Half of it to all of it, by chance. */
const lookMs = 16 * seconds;
const afterRefusalMs = { cancelled: 60 * seconds, put_out: 40 * seconds, over: 90 * seconds, away: 0, early: 3 * seconds };
const overForMs = 30 * 60 * seconds; // so long it is looked for a recording
const edgeRestsMs = 60 * seconds; // one that did not answer is the last to be tried
const longestMs = 2 ** 31 - 1; // of a timer

const plainAfter = (ms: number, deed: () => void) => {
  const timer = setTimeout(deed, ms);
  return () => clearTimeout(timer);
};
const originOf = (url: string) => /^https?:\/\/[^/]+/.exec(url)?.[0] ?? '';

export class LiveClass {
  #view: LiveView = { state: 'asking' };
  readonly #heard = new Set<(view: LiveView) => void>();
  readonly #options: Required<LiveClassOptions>;
  #cancelLook: () => void = () => undefined;
  #cancelPlay: () => void = () => undefined;
  #cancelTrouble: () => void = () => undefined;
  #prepared: Playback | undefined;
  #joining: Promise<void> | undefined;
  #failures = 0;
  #troubles = 0;
  #mending = false; // a player that is in trouble says so many times
  #renewDue = 0;
  #over = false;
  readonly #restsUntil = new Map<string, number>(); // edges that did not answer

  constructor(private readonly session: Pick<Session, 'send'>, private readonly id: string, private readonly player: LivePlayer, options: LiveClassOptions = {}) {
    this.#options = { random: Math.random, now: Date.now, after: plainAfter, ...options };
  }

  get view(): LiveView { return this.#view; }
  onChange(heard: (view: LiveView) => void): () => void {
    this.#heard.add(heard);
    return () => { this.#heard.delete(heard); };
  }

  start(): Promise<void> { return this.look(); }

  /** Asks now; once, however many want it. */
  look(): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.#cancelLook();
    return this.#joining ??= this.#join().finally(() => { this.#joining = undefined; });
  }

  close(): void {
    this.#over = true;
    this.#rest();
    this.#show({ state: 'closed' });
    this.#heard.clear();
  }

  /** The player's word that all is well: the next trouble is the first again. */
  plays(): void {
    this.#troubles = 0;
    if (this.#view.edgeLost) this.#show({ ...this.#view, edgeLost: false });
  }

  /** The player's word that it cannot go on. A whole class says so at once when an edge dies, so each waits a moment of its own. */
  trouble(what: Trouble): void {
    if (this.#over || !this.#prepared || this.#mending) return;
    this.#mending = true;
    this.#troubles += 1;
    if (what === 'edge') {
      this.#restsUntil.set(originOf(this.#prepared.url), this.#options.now() + edgeRestsMs);
      this.#show({ ...this.#view, edgeLost: true });
    }
    const pause = this.#troubles === 1 ? 100 + this.#options.random() * 300 : 200 + pauseBefore(this.#troubles, undefined, this.#options.random, 10 * seconds);
    const cancel = this.#options.after(pause, () => {
      this.#mending = false;
      const joined = this.#view.joined as Joined | undefined;
      const next = what === 'edge' && joined && this.#troubles === 1 ? this.#playbackOf(joined) : undefined;
      if (next && originOf(next.url) !== originOf(this.#prepared?.url ?? '')) this.#renew(next); // another is known: nobody need be asked
      else void this.look().then(() => { if (what !== 'stalled' && this.#prepared) this.player.renew(this.#prepared); });
    });
    this.#cancelTrouble = () => { this.#mending = false; cancel(); };
  }

  // ---- Joining ----

  async #join(): Promise<void> {
    try {
      const { body } = await this.session.send({ method: 'POST', path: `/v1/live-classes/${encodeURIComponent(this.id)}/join`, retryForMs: 0, timeoutMs: 8 * seconds });
      if (!this.#over) this.#admit(body as Joined);
    } catch (thrown) {
      if (this.#over) return;
      const error = thrown instanceof ApiError ? thrown : new ApiError(0, 'unreachable', String(thrown), true);
      const final = !error.retryable && (error.status === 409 || error.status === 403 || error.status === 404);
      if (final) await this.#refused(error);
      else this.#again(error);
    }
  }

  /** No answer, or not now. What plays goes on for as long as its address holds. */
  #again(fault: ApiError): void {
    this.#failures += 1;
    this.#show({ ...this.#view, fault });
    this.#lookIn(pauseBefore(this.#failures, fault.retryAfterMs, this.#options.random));
  }

  #admit(joined: Joined): void {
    const { random, now } = this.#options, before = this.#view;
    this.#failures = 0;
    // By the server's clock: `wait_ms` before `play_at` is now.
    const serverNow = Date.parse(joined.play_at) - joined.wait_ms, playing = before.state === 'playing' && serverNow >= Date.parse(joined.begins_at);
    const moved = before.beginsAt !== undefined && before.beginsAt !== joined.begins_at ? before.beginsAt : before.movedFrom;
    const playback = this.#playbackOf(joined);
    const view: LiveView = {
      state: playing && playback ? 'playing' : 'waiting', title: joined.title, beginsAt: joined.begins_at, endsAt: joined.ends_at, onAir: joined.on_air, role: joined.role, joined,
      ...(moved !== undefined && moved !== joined.begins_at && { movedFrom: moved }), ...(before.edgeLost && { edgeLost: true }),
    };
    if (before.state === 'playing' && view.state !== 'playing') this.#rest(); // it is to come after all
    this.#cancelPlay();
    this.#show(view);
    const renewIn = Math.max(seconds, Date.parse(joined.renew_at) - serverNow);
    this.#renewDue = now() + renewIn;
    this.#plan();
    if (!playback) return;
    if (this.#prepared) this.#renew(playback);
    if (view.state === 'playing') return;
    // Whoever waits is ready long before; whoever comes at the bell, at a moment of their own.
    if (!this.#prepared && joined.wait_ms > 3 * seconds) {
      const cancelPlay = this.#options.after(joined.wait_ms, () => this.#begin(playback));
      const cancelPrepare = this.#options.after(random() * Math.min(joined.wait_ms - seconds, 5 * seconds), () => this.#prepare(playback));
      this.#cancelPlay = () => { cancelPlay(); cancelPrepare(); };
    } else this.#cancelPlay = this.#options.after(joined.wait_ms, () => this.#begin(playback));
  }

  #prepare(playback: Playback): void {
    if (this.#prepared) return;
    this.#prepared = playback;
    this.player.prepare(playback);
  }
  #begin(playback: Playback): void {
    this.#prepare(playback);
    this.player.play();
    this.#show({ ...this.#view, state: 'playing' });
    this.#plan();
  }
  /** All is well: at the renewal. Else, and while it may still be moved, sooner. */
  #plan(): void {
    const renewIn = Math.max(seconds, this.#renewDue - this.#options.now());
    const quiet = this.#view.state === 'playing' && this.#view.onAir === 'teacher';
    this.#lookIn(quiet ? renewIn : Math.min(renewIn, lookMs * (0.5 + this.#options.random() / 2)));
  }
  #renew(playback: Playback): void {
    if (playback.url === this.#prepared?.url) return;
    this.#prepared = playback;
    this.player.renew(playback);
  }

  /** At the best edge that has not just failed. */
  #playbackOf(joined: Joined): Playback | undefined {
    if (!joined.playback) return undefined;
    const { url, cookies } = joined.playback, own = originOf(url), all = joined.edges?.length ? joined.edges : [own], now = this.#options.now();
    const rests = (edge: string) => (this.#restsUntil.get(originOf(edge)) ?? 0) > now;
    const best = all.find((edge) => !rests(edge)) ?? [...all].sort((one, other) => (this.#restsUntil.get(originOf(one)) ?? 0) - (this.#restsUntil.get(originOf(other)) ?? 0))[0] ?? own;
    return { url: originOf(best) + url.slice(own.length), cookies };
  }

  // ---- Refusals ----

  /** The join says that it may not be; what the class says tells why. */
  async #refused(error: ApiError): Promise<void> {
    let known: KnownClass | undefined;
    try {
      known = (await this.session.send({ method: 'GET', path: `/v1/live-classes/${encodeURIComponent(this.id)}` })).body as KnownClass;
    } catch (thrown) {
      const fault = thrown instanceof ApiError ? thrown : new ApiError(0, 'unreachable', String(thrown), true);
      if (fault.status !== 404 && fault.status !== 403) return this.#again(fault);
    }
    if (this.#over) return;
    this.#failures = 0;
    const before = this.#view, state = stateOf(error, known, this.#options.now());
    const moved = known && before.beginsAt !== undefined && before.beginsAt !== known.begins_at ? before.beginsAt : before.movedFrom;
    this.#rest();
    this.#show({
      state, ...(known && { title: known.title, beginsAt: known.begins_at, endsAt: known.ends_at, opensAt: known.opens_at, recording: known.recording }),
      ...(state === 'early' && moved !== undefined && { movedFrom: moved }),
    });
    this.#lookAfterRefusal(state, known, error.retryAfterMs);
  }

  #lookAfterRefusal(state: keyof typeof afterRefusalMs, known: KnownClass | undefined, retryAfterMs = 0): void {
    const { random, now } = this.#options;
    if (state === 'away' || !known) return;
    if (state === 'over' && (known.recording !== null || now() - Date.parse(known.ends_at) > overForMs)) return;
    const pause = afterRefusalMs[state] * (0.5 + random() / 2);
    // A class that opens later is joined then, and looked at meanwhile, for it may move nearer.
    const opens = state === 'early' ? Math.min(Math.max(0, Date.parse(known.opens_at) - now()), 60 * seconds * (1 + random())) : 0;
    this.#lookIn(Math.max(retryAfterMs, pause + opens));
  }

  // ---- Time, and who hears ----

  #lookIn(ms: number): void {
    this.#cancelLook();
    this.#cancelLook = this.#options.after(Math.min(ms, longestMs), () => { void this.look(); });
  }
  #rest(): void {
    this.#cancelLook();
    this.#cancelPlay();
    this.#cancelTrouble();
    this.#troubles = 0;
    if (this.#prepared) this.player.stop();
    this.#prepared = undefined;
  }
  #show(view: LiveView): void {
    this.#view = view;
    for (const heard of this.#heard) heard(view);
  }
}

function stateOf({ status }: ApiError, known: KnownClass | undefined, now: number): keyof typeof afterRefusalMs {
  if (!known || status === 404) return 'away';
  if (status === 403) return 'put_out'; // who is not of the class does not see it
  if (known.cancelled) return 'cancelled';
  return known.state === 'ended' || known.state === 'archived' || now >= Date.parse(known.ends_at) ? 'over' : 'early';
}
