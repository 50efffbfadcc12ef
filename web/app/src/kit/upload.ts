// Bytes to the server as the session's person; a file piece by piece (tus 1.0.0): a broken connection costs the piece that was on its way.
import { ApiError, online, session } from '../api.js';

const pieceBytes = 4 << 20, triesLimit = 6;
const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const pause = (ms: number) => new Promise<void>((done) => { setTimeout(done, ms); });

/** Is whoever is signed in now still signed in, later? */
function whoever(): () => boolean {
  const user = session.info?.user_id;
  return () => session.info?.user_id === user;
}

/** An answer below 400; a token that is over is renewed once. What one person sends is not sent again as another. */
export async function sendBytes(method: string, path: string, headers: Record<string, string>, body?: Blob, signal?: AbortSignal): Promise<Response> {
  const still = whoever(), seen = session.info?.expires_at;
  for (let renewed = false; ; renewed = true) {
    let answer: Response;
    try {
      answer = await fetch(path, { method, headers: { Accept: 'application/json', ...headers }, body: body ?? null, credentials: 'same-origin', cache: 'no-store', signal: signal ?? null });
    } catch {
      signal?.throwIfAborted();
      throw new ApiError(0, 'unreachable', 'no answer from the server', true);
    }
    if (answer.ok) return answer;
    if (answer.status === 401 && !renewed) {
      await session.renew(seen);
      if (still()) continue;
    }
    const problem = await answer.json().catch(() => undefined) as ApiError['problem'];
    throw new ApiError(answer.status, problem?.code ?? 'unavailable', problem?.detail ?? `HTTP ${answer.status}`, answer.status >= 500 || answer.status === 429, undefined, problem);
  }
}

const tus = { 'Tus-Resumable': '1.0.0' };
const offsetIn = (answer: Response) => Number(answer.headers.get('Upload-Offset') ?? 0);

/** The id of the upload, once all of it is there. `sent`: how many bytes are. An abort throws its reason. */
export async function uploadFile(file: File, sent: (bytes: number) => void, signal?: AbortSignal): Promise<string> {
  const still = whoever();
  sent(0);
  const about = `filename ${base64(file.name)},filetype ${base64(file.type || 'application/octet-stream')}`;
  const made = await sendBytes('POST', '/v1/uploads', { ...tus, 'Upload-Length': String(file.size), 'Upload-Metadata': about }, undefined, signal);
  const at = new URL(made.headers.get('Location') ?? '', location.href).pathname;
  let offset = 0, tries = 0;
  while (offset < file.size) {
    try {
      const headers = { ...tus, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset) };
      [offset, tries] = [offsetIn(await sendBytes('PATCH', at, headers, file.slice(offset, offset + pieceBytes), signal)), 0];
      online.value = true;
      sent(offset);
    } catch (error) {
      if (!(error instanceof ApiError) || !error.retryable || ++tries > triesLimit) throw error;
      await pause(Math.random() * 1000 * 2 ** tries);
      if (!still()) throw error;
      offset = await sendBytes('HEAD', at, tus, undefined, signal).then(offsetIn, () => offset);
    }
  }
  return at.slice(at.lastIndexOf('/') + 1);
}
