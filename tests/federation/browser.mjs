// As much of a browser as a sign-in needs: a cookie jar for each origin, redirects and forms, by hand. Chromium is not needed.
import http from 'node:http';

export class Browser {
  #jar = new Map(); // origin -> name -> value

  cookies(origin) {
    if (!this.#jar.has(origin)) this.#jar.set(origin, new Map());
    return this.#jar.get(origin);
  }

  /** One request, at 127.0.0.1 whatever the host is called. */
  send(url, { method = 'GET', body, headers = {} } = {}) {
    const at = new URL(url), jar = this.cookies(at.origin);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    return new Promise((done, failed) => {
      const out = http.request({ host: '127.0.0.1', port: at.port, path: at.pathname + at.search, method, timeout: 30_000,
        headers: { Host: at.host, 'User-Agent': 'a test', ...(cookie && { Cookie: cookie }), ...(body && { 'Content-Length': Buffer.byteLength(body) }), ...headers } }, (answer) => {
        for (const set of answer.headers['set-cookie'] ?? []) {
          const [pair] = set.split(';'), name = pair.slice(0, pair.indexOf('=')), value = pair.slice(pair.indexOf('=') + 1);
          if (/max-age=0/i.test(set) || /expires=thu, 01 jan 1970/i.test(set)) jar.delete(name); else jar.set(name, value);
        }
        let text = '';
        answer.setEncoding('utf8').on('data', (part) => { text += part; });
        answer.on('end', () => done({ url, status: answer.statusCode, headers: answer.headers, text, json: () => JSON.parse(text) })).on('error', failed);
      });
      out.on('error', failed).on('timeout', () => out.destroy(new Error(`no answer in time from ${url}`)));
      out.end(body);
    });
  }

  /** Signs in as `login` at the provider that `url` leads to, and returns the address that it sends the browser back to. */
  async authorize(url, login, back) {
    for (let step = 0, at = url; step < 20; ++step) {
      if (back(at)) return at;
      let answer = await this.send(at);
      if (answer.status === 200 && answer.text.includes('name="prompt"')) {
        const prompt = /name="prompt" value="(\w+)"/.exec(answer.text)[1];
        const action = /action="([^"]+)"/.exec(answer.text)[1];
        answer = await this.send(new URL(action, at).href, { method: 'POST',
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams(prompt === 'login' ? { prompt, login, password: 'any' } : { prompt }).toString() });
      }
      if (!answer.headers.location) throw new Error(`the provider stopped at ${at}: ${answer.status} ${answer.text.slice(0, 300)}`);
      at = new URL(answer.headers.location, at).href;
    }
    throw new Error('the provider goes round in circles');
  }
}
