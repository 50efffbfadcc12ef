// One class and its player, for as long as its page is open.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { LiveClass, type LiveView } from '@bellwether/client';
import { now, session } from '../../api.js';
import type { HlsPlayer as Player } from './player.js';

/** The greatest part of all that comes later: on its own, beside this page. */
export const { HlsPlayer } = await import('./player.js');

export interface InClass { id: string; live: LiveClass; player: Player; view: Signal<LiveView> }

export function useClass(id: string): InClass {
  const made = useMemo(() => {
    const player = new HlsPlayer(), live = new LiveClass(session, id, player, { now }), view = signal<LiveView>(live.view);
    player.reports = live;
    return { id, live, player, view };
  }, [id]);
  useEffect(() => {
    const { live, player, view } = made;
    const end = live.onChange((next) => { view.value = next; });
    const back = () => { if (document.visibilityState === 'visible') void live.look(); }; // a device that slept has missed what became of it
    const online = () => { setTimeout(() => { void live.look(); }, Math.random() * 2000); };
    document.addEventListener('visibilitychange', back);
    addEventListener('online', online);
    void live.start();
    return () => {
      end();
      live.close();
      player.stop();
      document.removeEventListener('visibilitychange', back);
      removeEventListener('online', online);
    };
  }, [made]);
  return made;
}
