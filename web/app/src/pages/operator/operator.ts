// Asking as the operator in this tab.
import { Api, ApiError, type Answer, type Request } from '@bellwether/client';
import { signal } from '@preact/signals';
import { transport } from '../../api.js';
import type { Asker } from '../../kit/resource.js';
import { forget, token } from '../../shell/token.js';

/** The token that was in use counts no more. */
export const ended = signal(false);

async function send(request: Request): Promise<Answer> {
  const used = token.peek();
  if (used === null) throw new ApiError(401, 'unauthenticated', 'no operator token', false);
  try {
    return await transport.send({ ...request, headers: { ...request.headers, Authorization: `Bearer ${used}` } });
  } catch (error) {
    if (error instanceof ApiError && error.status === 401 && token.peek() === used) {
      ended.value = true;
      forget();
    }
    throw error;
  }
}

/** Takes a token that counts; throws what the server says of another. */
export async function enter(given: string): Promise<void> {
  await transport.send({ method: 'GET', path: '/v1/operator/tenants?limit=1', headers: { Authorization: `Bearer ${given}` } });
  ended.value = false;
  token.value = given;
}

export const api = new Api({ send });
export const operator: Asker = {
  ask: (request) => send(request) as never,
  who: () => (token.value === null ? undefined : 'operator'),
  keepsNothing: true,
};
/** For what is asked each few seconds: one attempt, so that silence shows at once. */
export const operatorNow: Asker = { ...operator, ask: (request) => send({ ...request, timeoutMs: 5000, retryForMs: 0 }) as never };
