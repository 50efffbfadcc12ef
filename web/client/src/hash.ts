// SHA-256 of a file. What is small is hashed by the browser, beside the page; what is too large to be held is read in pieces, so small that the page
// stays quick between them. (WebAssembly would be quicker, and no page of ours may run it: its content security policy.)
import { sha256 } from '@noble/hashes/sha2.js';

const heldBytes = 32 << 20, pieceBytes = 1 << 19; // a piece takes 4 ms, and 15 ms on a processor of a quarter of that

async function inPieces(bytes: Blob, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const hash = sha256.create();
  for (let at = 0; at < bytes.size; at += pieceBytes) {
    signal?.throwIfAborted();
    hash.update(new Uint8Array(await bytes.slice(at, at + pieceBytes).arrayBuffer()));
  }
  return hash.digest();
}

/** In hexadecimal digits. Throws what reading throws, and what `signal` was aborted with. crypto.subtle is missing on plain http outside localhost. */
export async function sha256Of(bytes: Blob, signal?: AbortSignal, held = heldBytes): Promise<string> {
  signal?.throwIfAborted();
  const whole = bytes.size <= held && globalThis.crypto?.subtle;
  const digest = whole ? new Uint8Array(await whole.digest('SHA-256', await bytes.arrayBuffer())) : await inPieces(bytes, signal);
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
