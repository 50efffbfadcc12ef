// The service worker: keeps the app's own files, so that it opens without a network. Answers of the API are not kept here but by the page, for each
// person apart (kept.ts).
export {};

declare const VERSION: string, ASSETS: string[];
declare const self: {
  addEventListener(type: 'install' | 'activate', listener: (event: { waitUntil(work: Promise<unknown>): void }) => void): void;
  addEventListener(type: 'fetch', listener: (event: { request: Request; respondWith(answer: Promise<Response>): void }) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  location: Location;
};

const name = `app-${VERSION}`;
const page = '/app/today'; // every page is one document

/** A server of another version has no such file: then this version is not kept at all, and is tried again with the next page. */
async function keep(cache: Cache, path: string): Promise<void> {
  const answer = await fetch(path);
  const isPage = /html/.test(answer.headers.get('Content-Type') ?? '');
  if (!answer.ok || isPage !== (path === page)) throw new Error(`${path}: ${answer.status}`);
  await cache.put(path, answer);
}

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(name);
    await Promise.all([page, '/app/icon.svg', '/app/manifest.webmanifest', ...ASSETS].map((path) => keep(cache, path)));
    await self.skipWaiting();
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    // A page of the version before may still want its files: one version back is kept.
    const kept = (await caches.keys()).filter((key) => key.startsWith('app-') && key !== name);
    await Promise.all(kept.slice(0, -1).map((key) => caches.delete(key)));
    await self.clients.claim();
  })());
});

/** The network first, so that nobody runs an old app for long; the copy where it does not answer within 3 s. */
async function documentFor(request: Request): Promise<Response> {
  const slow = new Promise<undefined>((done) => { setTimeout(() => done(undefined), 3000); });
  const fetched = fetch(request).catch(() => undefined);
  const answer = await Promise.race([fetched, slow]);
  if (answer?.ok) return answer;
  return (await (await caches.open(name)).match(page)) ?? (await fetched) ?? Response.error();
}

self.addEventListener('fetch', (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin || !url.pathname.startsWith('/app')) return;
  if (request.mode === 'navigate') event.respondWith(documentFor(request));
  else event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
});
