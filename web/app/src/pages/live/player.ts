// Plays a class's HLS with hls.js into one video element: what the live class (web/client) tells it to, and how that goes, as signals. All requests go to the
// newest address, so a renewal and another edge need no new start; faults that it can mend it mends by itself, each device at a moment of its own.
import { batch, signal } from '@preact/signals';
import type { LivePlayer, Playback, Trouble } from '@bellwether/client';
import Hls, { ErrorTypes, Events, type ErrorData, type HlsConfig, type LoaderCallbacks, type LoaderConfiguration, type LoaderContext } from 'hls.js';

export interface Rung { index: number; height: number }

const seconds = 1000;
const staleAfterMs = 9 * seconds; // four segments and a half: the teacher's encoder sends nothing
const mendsLimit = 3, mendsWithinMs = 30 * seconds;

const policy = (timeoutMs: number, retries: number) => ({ default: {
  maxTimeToFirstByteMs: timeoutMs, maxLoadTimeMs: 20 * seconds,
  timeoutRetry: { maxNumRetry: retries, retryDelayMs: 0, maxRetryDelayMs: 0 },
  errorRetry: { maxNumRetry: retries, retryDelayMs: 500, maxRetryDelayMs: 2 * seconds, backoff: 'linear' as const },
} });

/** Begins three segments behind the live edge and stays there; one buffers no more than a live class can give. */
const options: Partial<HlsConfig> = {
  enableWorker: false, // segments are MP4 already: there is nothing to be made for the browser
  liveSyncDurationCount: 3, liveMaxLatencyDurationCount: 10, maxLiveSyncPlaybackRate: 1.1,
  maxBufferLength: 12, maxMaxBufferLength: 20, backBufferLength: 20,
  // The bottom rung is what every edge has first, and no line is asked for the same segment twice.
  startLevel: 0, testBandwidth: false, abrEwmaFastLive: 2, abrEwmaSlowLive: 6,
  manifestLoadPolicy: policy(5 * seconds, 1), playlistLoadPolicy: policy(5 * seconds, 2), fragLoadPolicy: policy(6 * seconds, 3),
};

export interface PlayerReports { trouble(what: Trouble): void; plays(): void }

export class HlsPlayer implements LivePlayer {
  readonly rungs = signal<readonly Rung[]>([]);
  /** Chosen by hand; -1: by what the line carries. */
  readonly chosen = signal(-1);
  readonly height = signal(0);
  readonly playing = signal(false);
  /** It should play, and has nothing to show. */
  readonly stalled = signal(false);
  /** Nothing new has come for a while, although the edge answers. */
  readonly stale = signal(false);
  /** The stream is not there (yet). */
  readonly absent = signal(false);
  /** The browser lets nothing sound before somebody presses something. */
  readonly silenced = signal(false);
  readonly muted = signal(false);
  readonly paused = signal(false);
  readonly captions = signal<readonly string[]>([]);
  readonly captionsOn = signal(false);

  reports: PlayerReports | undefined;
  #hls: Hls | undefined;
  #video: HTMLVideoElement | undefined;
  #playback: Playback | undefined;
  #bases = new Set<string>();
  #wanted = false;
  #broken = false; // what plays has to be told to load again
  #misses = 0;
  #mends: number[] = [];
  #newestSegment = -1;
  #newestAt = 0;
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #watch: ReturnType<typeof setInterval> | undefined;

  static supported(): boolean { return Hls.isSupported(); }

  attach(video: HTMLVideoElement | null): void {
    if (this.#video === (video ?? undefined)) return;
    this.#video = video ?? undefined;
    if (!video) return void this.#hls?.detachMedia();
    video.addEventListener('playing', () => { batch(() => { this.playing.value = true; this.stalled.value = false; this.absent.value = false; }); });
    video.addEventListener('waiting', () => { this.stalled.value = this.#wanted; });
    video.addEventListener('timeupdate', () => { if (this.stalled.peek() && !video.paused) this.stalled.value = false; });
    video.addEventListener('volumechange', () => { this.muted.value = video.muted; if (!video.muted) this.silenced.value = false; });
    video.addEventListener('resize', () => { this.height.value = video.videoHeight; });
    this.#hls?.attachMedia(video);
  }

  // ---- What the live class tells it ----

  prepare(playback: Playback): void {
    this.stop();
    this.#take(playback);
    this.#make();
  }

  play(): void {
    this.#wanted = true;
    this.#newestAt = Date.now();
    this.#watch ??= setInterval(() => this.#lookWhetherNew(), seconds);
    if (!this.#hls && this.#playback) this.#make();
    this.#hls?.startLoad(-1);
    void this.#begin();
  }

  renew(playback: Playback): void {
    this.#take(playback);
    if (!this.#hls) return;
    if (this.#broken && this.#hls.levels.length === 0) this.#hls.loadSource(playback.url);
    else if ((this.#broken || this.#misses > 0) && this.#wanted) this.#anew(); // what waits for the dead edge is given up
    this.#broken = false;
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    clearInterval(this.#watch);
    this.#watch = undefined;
    this.#hls?.destroy();
    this.#hls = undefined;
    this.#wanted = false;
    [this.#misses, this.#mends, this.#newestSegment] = [0, [], -1];
    batch(() => { this.playing.value = false; this.stalled.value = false; this.stale.value = false; this.absent.value = false; this.rungs.value = []; this.captions.value = []; });
  }

  // ---- What the person does ----

  choose(index: number): void {
    this.chosen.value = index;
    if (this.#hls) this.#hls.nextLevel = index;
  }
  mute(on: boolean): void { if (this.#video) this.#video.muted = on; }
  /** Going on is at the live edge: nobody attends a class in the past. */
  pause(on: boolean): void {
    const video = this.#video;
    if (!video) return;
    this.paused.value = on;
    if (on) return video.pause();
    const live = this.#hls?.liveSyncPosition;
    if (live !== null && live !== undefined) video.currentTime = live;
    void this.#begin();
  }
  showCaptions(on: boolean): void {
    this.captionsOn.value = on;
    if (this.#hls) this.#hls.subtitleTrack = on ? 0 : -1;
  }

  // ---- hls.js ----

  #take(playback: Playback): void {
    for (const { name, value, domain, path } of playback.cookies) document.cookie = `${name}=${value}; domain=${domain}; path=${path}; secure; samesite=none`;
    this.#bases.add(baseOf(playback.url));
    this.#playback = playback;
  }

  /** The same object at the newest address: what stands in playlists carries the address that they were asked for with. */
  #now(url: string): string {
    if (!this.#playback) return url;
    for (const base of this.#bases) if (url.startsWith(base)) return baseOf(this.#playback.url) + url.slice(base.length);
    return url;
  }

  #make(): void {
    if (!this.#playback) return;
    const player = this, withCookies = this.#playback.cookies.length > 0;
    class Renewed extends Hls.DefaultConfig.loader {
      override load(context: LoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks<LoaderContext>): void {
        context.url = player.#now(context.url);
        super.load(context, config, callbacks);
      }
    }
    const hls = new Hls({ ...options, loader: Renewed, autoStartLoad: this.#wanted, ...(withCookies && { xhrSetup: (xhr: XMLHttpRequest) => { xhr.withCredentials = true; } }) });
    this.#hls = hls;
    this.#broken = false;
    hls.on(Events.MANIFEST_PARSED, () => {
      this.#good();
      this.rungs.value = hls.levels.map(({ height }, index) => ({ index, height })).sort((one, other) => other.height - one.height);
      if (this.chosen.peek() >= 0 && this.chosen.peek() < hls.levels.length) hls.nextLevel = this.chosen.peek();
    });
    hls.on(Events.SUBTITLE_TRACKS_UPDATED, (_, { subtitleTracks }) => { this.captions.value = subtitleTracks.map(({ name }) => name); this.showCaptions(this.captionsOn.peek()); });
    hls.on(Events.LEVEL_UPDATED, (_, { details }) => { this.#sees(details.startSN, details.endSN); });
    hls.on(Events.LEVEL_LOADED, () => this.#good());
    hls.on(Events.FRAG_LOADED, () => this.#good());
    hls.on(Events.FRAG_BUFFERED, () => { if (this.#wanted && this.#video?.paused) void this.#begin(); }); // a source that was put in anew stands still
    hls.on(Events.ERROR, (_, data) => this.#hear(data));
    if (this.#video) hls.attachMedia(this.#video);
    hls.loadSource(this.#playback.url);
  }

  #good(): void {
    this.#misses = 0;
    this.absent.value = false;
    this.reports?.plays();
  }

  /** After a break longer than a playlist, hls.js finds no place where sound and picture go on together: then it begins anew, at the live edge. */
  #sees(oldest: number, newest: number): void {
    if (newest === this.#newestSegment) return;
    if (this.#wanted && this.#newestSegment >= 0 && oldest > this.#newestSegment + 1) this.#in(Math.random() * 500, () => this.#anew());
    this.#newestSegment = newest;
    this.#newestAt = Date.now();
    this.stale.value = false;
  }
  #lookWhetherNew(): void {
    if (this.stale.peek() || this.absent.peek() || Date.now() - this.#newestAt < staleAfterMs || document.visibilityState === 'hidden') return;
    this.stale.value = true;
    this.reports?.trouble('stalled');
  }

  #hear(data: ErrorData): void {
    const code = data.response?.code ?? 0;
    if (data.type === ErrorTypes.NETWORK_ERROR) return this.#hearOfNetwork(data.fatal, code);
    if (!data.fatal) return;
    // What cannot be decoded is tried once more, then all is made anew.
    const now = Date.now();
    this.#mends = [...this.#mends.filter((at) => now - at < mendsWithinMs), now];
    const first = this.#mends.length === 1 && data.type === ErrorTypes.MEDIA_ERROR, many = this.#mends.length > mendsLimit;
    this.#in((many ? 10 : 0.2) * seconds + Math.random() * (many ? 20 : 1) * seconds, () => { if (first) this.#hls?.recoverMediaError(); else this.#anew(); });
  }

  #hearOfNetwork(fatal: boolean, code: number): void {
    this.#misses += 1;
    this.#broken ||= fatal;
    if (code === 410 || code === 403) return this.reports?.trouble('expired');
    if (code === 404 && fatal) { // nobody sends yet, or no longer
      this.absent.value = true;
      return this.#in((2 + Math.random() * 3) * seconds, () => this.#anew());
    }
    if (code !== 404 && (fatal || this.#misses >= 2)) this.reports?.trouble('edge');
  }

  #anew(): void {
    this.#hls?.destroy();
    this.#hls = undefined;
    [this.#newestSegment, this.#newestAt, this.#misses] = [-1, Date.now(), 0];
    this.#make();
    if (this.#wanted) void this.#begin();
  }
  #in(ms: number, deed: () => void): void {
    const timer = setTimeout(() => { this.#timers.delete(timer); deed(); }, ms);
    this.#timers.add(timer);
  }

  async #begin(): Promise<void> {
    const video = this.#video;
    if (!video || this.paused.peek()) return;
    try {
      await video.play();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return; // it plays when there is something to play
      video.muted = true;
      this.silenced.value = true;
      await video.play().catch(() => undefined);
    }
  }
}

const baseOf = (url: string) => url.slice(0, url.lastIndexOf('/') + 1);
