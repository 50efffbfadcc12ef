// The bytes of one file to the server, by tus (src/files/README.md): one attempt, which goes on where the one before ended.
import { Upload, type DetailedError } from 'tus-js-client';
import { retryAfter } from './pauses.js';
import { ApiError, errorOf } from './problem.js';

export interface Sending {
  bytes: Blob;
  name: string;
  media_type: string;
  sha256: string;
  /** Path of an upload that was begun. */
  url: string | undefined;
  signal: AbortSignal;
  onUrl(url: string): void;
  /** Bytes that are on their way, from the front. */
  onSent(sent: number): void;
}
/** Returns when the server has all of them and has found them to be those of the hash; ApiError otherwise, with 460 for other bytes. */
export type Uploader = (sending: Sending) => Promise<void>;

function errorIn(error: Error | DetailedError, now: number): ApiError {
  const response = 'originalResponse' in error ? error.originalResponse : null;
  if (!response || response.getStatus() === 0) return new ApiError(0, 'unreachable', 'the connection broke', true);
  let body: unknown;
  try { body = JSON.parse(response.getBody()); } catch { body = undefined; }
  return errorOf(response.getStatus(), body, retryAfter(response.getHeader('Retry-After') ?? null, now));
}

// A browser sends a request again by itself when the connection breaks before there is an answer, and then all of it: so pieces are no larger than
// what goes in some seconds.
const piece = { first: 2 << 20, least: 1 << 20, most: 32 << 20 };
const pieceAfter = (bytes: number, tookMs: number) => Math.min(piece.most, Math.max(piece.least, tookMs < 4000 ? 2 * bytes : tookMs > 15_000 ? bytes / 2 : bytes));

/** `stallMs`: a line on which nothing moves for so long is given up. */
export function tusUploader(now: () => number, stallMs = 60_000): Uploader {
  const here = (path: string) => new URL(path, location.href).href;
  return ({ bytes, name, media_type, sha256, url, signal, onUrl, onSent }) => new Promise<void>((done, failed) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (deed: () => void) => { clearTimeout(timer); signal.removeEventListener('abort', stop); deed(); };
    let size = piece.first, began = performance.now();
    const upload = new Upload(bytes, {
      chunkSize: size,
      onChunkComplete: () => {
        upload.options.chunkSize = size = pieceAfter(size, performance.now() - began);
        began = performance.now();
      },
      ...(url === undefined ? { endpoint: here('/v1/uploads') } : { uploadUrl: here(url) }), // never a new one because the old one cannot be asked for now
      metadata: { filename: name, filetype: media_type, sha256 },
      retryDelays: null, storeFingerprintForResuming: false, // when to come again is ours to say, and where from is kept with the file
      onUploadUrlAvailable: () => onUrl(new URL(upload.url!).pathname),
      onProgress: (sent) => { watch(); onSent(sent); },
      onError: (error) => end(() => failed(errorIn(error, now()))),
      onSuccess: () => end(done),
    });
    const give = (reason: unknown) => end(() => { void upload.abort(); failed(reason); });
    const stop = () => give(signal.reason);
    const watch = () => { clearTimeout(timer); timer = setTimeout(() => give(new ApiError(0, 'unreachable', 'nothing moves on the line', true)), stallMs); };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop);
    watch();
    upload.start();
  });
}
