// Keeps two kinds of things and nothing else: the files under /pkg/{hash}/, which never change, and one page that says the
// network is gone. No other HTML is ever stored, so no name and no record stays on a borrowed phone.
'use strict';

// Raise it when what is kept, or how, changes; the old cache goes when the new worker takes over.
const VERSION = 1;
const CACHE = 'yucai-' + VERSION;
const OFFLINE = '/offline.html';
// Releases kept: the one in use, and the one an older tab may still be showing.
const RELEASES = 2;

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.add(new Request(OFFLINE, { cache: 'reload', credentials: 'omit' }));
    await self.skipWaiting();
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith('yucai-') && name !== CACHE) await caches.delete(name);
    }
    // The page is asked for while this worker starts, so that it costs no time.
    if (self.registration.navigationPreload) await self.registration.navigationPreload.enable();
    await self.clients.claim();
  })());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(page(event));
  else if (release(url) && !request.headers.has('range')) event.respondWith(file(event));
});

/** The hash in /pkg/{hash}/…, or nothing. */
function release(url) {
  const found = /^\/pkg\/([^/]+)\/./.exec(url.pathname);
  return found && found[1];
}

/** A page comes from the network; without network, the page that says so. */
async function page(event) {
  try {
    return (await event.preloadResponse) || (await fetch(event.request));
  } catch (_) {
    return (await caches.match(OFFLINE)) || Response.error();
  }
}

/** A file of a release comes from the cache, else from the network into the cache. */
async function file(event) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(event.request, { ignoreVary: true });
  if (kept) return kept;
  const fresh = await fetch(event.request);
  if (fresh.status === 200 && fresh.type === 'basic') {
    const copy = fresh.clone();
    event.waitUntil(cache.put(event.request, copy).then(() => tidy(cache)).catch(() => {}));
  }
  return fresh;
}

/** Forgets all releases but the last few; keys come in the order they were put. */
async function tidy(cache) {
  const requests = await cache.keys();
  const seen = requests.map((request) => release(new URL(request.url))).filter(Boolean);
  const recent = [...new Set(seen.reverse())].slice(0, RELEASES);
  await Promise.all(requests
    .filter((request) => {
      const hash = release(new URL(request.url));
      return hash && !recent.includes(hash);
    })
    .map((request) => cache.delete(request)));
}
