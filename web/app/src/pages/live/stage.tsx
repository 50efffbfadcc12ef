// The class's picture with what is done to it, and what stands in its place before, and when there is none.
import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { LiveView } from '@bellwether/client';
import { Button } from '../../kit/form.js';
import { Countdown, Instant, useNow } from '../../kit/time.js';
import { numberText, t } from '../../text/index.js';
import { HlsPlayer, type InClass } from './in_class.js';
import type { HlsPlayer as Player } from './player.js';

/** What stands where the picture will be. */
function Before({ view }: { view: LiveView }) {
  const words = t().live, at = useNow(), begins = view.beginsAt;
  if (view.state === 'asking') return <p>{words.asking}</p>;
  if (view.state === 'cancelled') return <><p class="coming-big">{words.cancelled}</p><p>{words.cancelledHint}</p></>;
  if (view.state === 'put_out') return <><p class="coming-big">{words.putOut}</p><p>{words.putOutHint}</p></>;
  if (view.state === 'over') return <><p class="coming-big">{words.over}</p><p>{view.recording ? <a href={view.recording}>{words.recording}</a> : words.noRecording}</p></>;
  if (view.state === 'away') return <p>{words.away}</p>;
  if (view.state === 'early' && view.opensAt) return <><p>{words.begins} {begins ? <Instant at={begins} /> : null}</p><p class="coming-big"><Countdown to={view.opensAt} /></p><p>{words.opens}</p></>;
  if (begins && Date.parse(begins) > at) return <><p>{words.begins}</p><p class="coming-big"><Countdown to={begins} /></p><p>{words.waiting}</p></>;
  return <p>{view.joined && !view.joined.playback ? words.noStream : words.soon}</p>;
}

/** One sentence over the picture: why it is not as it should be. */
function whatIsWrong({ view, player }: InClass): string {
  const words = t().live, { state, onAir, edgeLost, fault } = view.value;
  if (state !== 'playing') return fault ? words.notAnswered : '';
  if (edgeLost) return words.edgeLost;
  if (player.absent.value) return words.teacherMissing;
  if (player.stale.value) return words.teacherStopped;
  if (player.stalled.value) return words.lineSlow;
  if (onAir !== 'teacher') return words.teacherMissing;
  return fault ? words.notAnswered : '';
}

function Quality({ player }: { player: Player }) {
  const words = t().live, rungs = player.rungs.value;
  return (
    <div class="field">
      <label for="live-quality">{words.quality}</label>
      <select id="live-quality" value={String(player.chosen.value)} onInput={(event) => player.choose(Number(event.currentTarget.value))}>
        <option value="-1">{words.automatic}</option>
        {rungs.map(({ index, height }) => <option key={index} value={String(index)}>{words.rung(numberText(height, { useGrouping: false }))}</option>)}
      </select>
    </div>
  );
}

export function Stage({ of, muted = false }: { of: InClass; muted?: boolean }) {
  const words = t().live, { player, view } = of, frame = useRef<HTMLDivElement>(null), video = useRef<HTMLVideoElement>(null), whole = useSignal(false);
  useEffect(() => {
    player.attach(video.current);
    const changed = () => { whole.value = document.fullscreenElement === frame.current; };
    document.addEventListener('fullscreenchange', changed);
    return () => { player.attach(null); document.removeEventListener('fullscreenchange', changed); };
  }, [player]);
  const fullScreen = () => { void (document.fullscreenElement ? document.exitFullscreen() : frame.current?.requestFullscreen())?.catch(() => undefined); };
  const mute = () => player.mute(!player.muted.value), pause = () => player.pause(!player.paused.value);
  const keys: Record<string, () => void> = { m: mute, k: pause, f: fullScreen };
  const pressed = (event: KeyboardEvent) => {
    const deed = event.ctrlKey || event.altKey || event.metaKey ? undefined : keys[event.key.toLowerCase()];
    if (!deed || view.value.state !== 'playing' || event.target instanceof HTMLSelectElement) return;
    event.preventDefault();
    deed();
  };
  const plays = view.value.state === 'playing';
  if (!HlsPlayer.supported()) return <p class="said bad" role="alert">{words.unsupported}</p>;
  return (
    <div class="stage-frame" ref={frame} role="group" aria-label={words.picture} onKeyDown={pressed}>
      <div class={`stage ${plays && player.playing.value ? 'plays' : ''}`}>
        <video ref={video} playsInline muted={muted} aria-label={view.value.title ?? words.picture} aria-hidden={!plays} />
        {plays && player.playing.value ? null : <div class="before"><Before view={view.value} /></div>}
        <p class="stage-said" role="status">{whatIsWrong(of)}</p>
      </div>
      {plays ? (
        <div class="stage-controls">
          <Button quiet onPress={mute}>{player.muted.value ? words.unmute : words.mute}</Button>
          <Button quiet onPress={pause}>{player.paused.value ? words.goOn : words.pause}</Button>
          <Button quiet onPress={fullScreen}>{whole.value ? words.leaveFullScreen : words.fullScreen}</Button>
          <Quality player={player} />
          {player.captions.value.length > 0 ? (
            <div class="tick"><input type="checkbox" id="live-captions" checked={player.captionsOn.value} onInput={(event) => player.showCaptions(event.currentTarget.checked)} /><label for="live-captions">{words.captions}</label></div>
          ) : null}
        </div>
      ) : null}
      {player.silenced.value ? <p class="said note" role="status">{words.silenced}</p> : null}
      {plays ? <p class="dim small">{words.keys} {words.lowest}</p> : null}
    </div>
  );
}
