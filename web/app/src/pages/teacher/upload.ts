// A file to the server, piece by piece (tus 1.0.0): a broken connection costs the piece that was on its way.
import { ApiError, online, session } from '../../api.js';

const pieceBytes = 4 << 20, triesLimit = 6;
const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const pause = (ms: number) => new Promise<void>((done) => { setTimeout(done, ms); });

/** An answer below 400, as the session's person; a token that is over is renewed once. */
async function send(method: string, path: string, headers: Record<string, string>, body?: Blob): Promise<Response> {
  for (let renewed = false; ; renewed = true) {
    let answer: Response;
    try {
      answer = await fetch(path, { method, headers: { 'Tus-Resumable': '1.0.0', ...headers }, body: body ?? null, credentials: 'same-origin', cache: 'no-store' });
    } catch { throw new ApiError(0, 'unreachable', 'no answer from the server', true); }
    if (answer.ok) return answer;
    if (answer.status === 401 && !renewed) { await session.renew(); continue; }
    const problem = await answer.json().catch(() => undefined) as { code?: string; detail?: string } | undefined;
    throw new ApiError(answer.status, problem?.code ?? 'unavailable', problem?.detail ?? `HTTP ${answer.status}`, answer.status >= 500 || answer.status === 429);
  }
}

const offsetIn = (answer: Response) => Number(answer.headers.get('Upload-Offset') ?? 0);

/** The id of the upload, once all of it is there. `sent`: which share is, from 0 to 1. */
export async function uploadFile(file: File, sent: (share: number) => void): Promise<string> {
  sent(0);
  const made = await send('POST', '/v1/uploads', { 'Upload-Length': String(file.size), 'Upload-Metadata': `filename ${base64(file.name)},filetype ${base64(file.type || 'application/octet-stream')}` });
  const at = new URL(made.headers.get('Location') ?? '', location.href).pathname;
  let offset = 0, tries = 0;
  while (offset < file.size) {
    try {
      const answer = await send('PATCH', at, { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset) }, file.slice(offset, offset + pieceBytes));
      [offset, tries] = [offsetIn(answer), 0];
      online.value = true;
      sent(offset / file.size);
    } catch (error) {
      if (!(error instanceof ApiError) || !error.retryable || ++tries > triesLimit) throw error;
      await pause(Math.random() * 1000 * 2 ** tries);
      offset = await send('HEAD', at, {}).then(offsetIn, () => offset);
    }
  }
  return at.slice(at.lastIndexOf('/') + 1);
}
