// An operator before the web app: a server, a token that it knows, and pages that were opened with it. Nothing here knows what is checked.
import { execFileSync } from 'node:child_process';
import { openPage, startApp } from './app.mjs';
import { eventually } from './bellwether.mjs';

export const nowhere = ''; // the host that is no institution's

/** As startApp, with `token`, `newToken()`, `ask(method, target, body, headers)` by the operator API, and `enter(at, prepare)`: a page with the token given. */
export async function startOperator(options) {
  const app = await startApp(options);
  const newToken = () => execFileSync(process.env.BW_BINARY, ['operator-token', 'create', '--data', app.server.data, '--name', 'browser'],
    { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  const asks = (token) => (method, target, body, headers = {}) => app.server.request(nowhere, method, target, { body, headers: { Authorization: `Bearer ${token}`, ...headers } });
  const known = async (token) => { await eventually('the operator token is known', async () => (await asks(token)('GET', '/v1/operator/tenants')).status === 200); return token; };
  try {
    const token = await known(newToken());
    return {
      ...app, token, ask: asks(token), newToken: () => known(newToken()),
      async enter(at = '/app/operator/tenants', prepare = () => {}) {
        const page = await openPage(app, '/plain', nowhere);
        await prepare(page);
        await page.goto(app.origin(nowhere) + at);
        await page.getByLabel('Operator token').fill(token);
        await page.getByRole('button', { name: 'Continue' }).click();
        await page.getByRole('navigation', { name: 'Operator' }).waitFor();
        return page;
      },
    };
  } catch (error) {
    await app.stop();
    throw error;
  }
}
