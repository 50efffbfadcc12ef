// A server, stores and clocks that tests drive.

/** `answers`: one for each request, in order: {status, body, headers}, or an Error for none. Records what was asked. */
export function server(answers) {
  const asked = [];
  const fetch = async (url, { method, headers, body, signal }) => {
    asked.push({ url, method, headers, body: body && JSON.parse(body) });
    signal?.throwIfAborted();
    const next = answers.shift();
    if (next === undefined) throw new Error(`nothing is said to ${method} ${url}`);
    if (next instanceof Error) throw next;
    const answer = typeof next === 'function' ? await next(asked.at(-1)) : next;
    return new Response(answer.status === 204 ? null : answer.body === undefined ? '' : JSON.stringify(answer.body), { status: answer.status ?? 200, headers: { 'Content-Type': 'application/json', ...answer.headers } });
  };
  return { fetch, asked, answers };
}

export const problem = (status, code, more = {}, headers = {}) => ({
  status, headers, body: { type: `urn:bellwether:problem:${code}`, title: code, status, code, detail: `it is ${code}`, request_id: 'r', retryable: false, ...more },
});

export function sharedStore(info) {
  const seen = new Set();
  let last = Promise.resolve();
  const store = {
    get: () => info,
    latest: async () => info,
    async set(next) { info = next; for (const heard of seen) heard(); },
    onChange(heard) { seen.add(heard); return () => seen.delete(heard); },
    exclusively(deed) { const mine = last.then(deed, deed); last = mine.catch(() => undefined); return mine; },
  };
  return store;
}

/** Of one browser, whatever tab looks at it. */
export function entryStore() {
  const entries = new Map();
  let last = Promise.resolve();
  return {
    all: async () => structuredClone([...entries.values()]),
    async put(entry) { entries.set(entry.key, structuredClone(entry)); },
    async remove(key) { entries.delete(key); },
    onChange: () => () => undefined,
    exclusively(deed) { const mine = last.then(deed, deed); last = mine.catch(() => undefined); return mine; },
  };
}
