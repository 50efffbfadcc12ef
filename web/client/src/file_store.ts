// Files on this device, in IndexedDB: what is known of them, and apart from that their bytes, which are written once.
import { lockOf, openStore } from './browser.js';
import type { FileStore, KeptFile } from './kept_file.js';

export async function fileStore(name = 'bellwether.files'): Promise<FileStore> {
  const rows = await openStore<KeptFile>(name), contents = await openStore<{ key: string; bytes: Blob }>(`${name}.bytes`);
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(name) : undefined;
  const locks = new Map<string, ReturnType<typeof lockOf>>();
  return {
    all: rows.read,
    async put(file) { await rows.write((store) => store.put(file)); channel?.postMessage(null); },
    async remove(key) { await rows.write((store) => store.delete(key)); channel?.postMessage(null); },
    async keep(key, bytes) { await contents.write((store) => store.put({ key, bytes })); },
    bytes: async (key) => (await contents.one(key))?.bytes,
    kept: contents.keys,
    async drop(key) { await contents.write((store) => store.delete(key)); },
    async room() {
      const { quota, usage } = await (navigator.storage?.estimate?.() ?? {}) as StorageEstimate;
      return quota === undefined ? undefined : quota - (usage ?? 0);
    },
    async persist() { await navigator.storage?.persist?.(); },
    overTabs: globalThis.navigator?.locks !== undefined,
    say: (key, sent) => channel?.postMessage({ key, sent }),
    onChange(seen) {
      const heard = (event: MessageEvent<{ key: string; sent: number } | null>) => seen(event.data ?? undefined);
      channel?.addEventListener('message', heard);
      return () => channel?.removeEventListener('message', heard);
    },
    exclusively(what, deed) {
      const lock = locks.get(what) ?? lockOf(`${name}.${what}`);
      locks.set(what, lock);
      return lock(deed);
    },
  };
}
