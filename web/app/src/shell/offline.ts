// The app on this device: its files are kept by the service worker; a newer version is told, and taken when the reader wants it.
import { signal } from '@preact/signals';

export const newerVersion = signal(false);

export function keepForOffline(): void {
  if (!('serviceWorker' in navigator)) return; // plain http elsewhere than on localhost
  const hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => { newerVersion.value = hadOne; });
  void navigator.serviceWorker.register('/app/sw.js', { scope: '/app/' }).catch(() => undefined);
}
