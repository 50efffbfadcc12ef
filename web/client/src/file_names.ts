// Names and types of files as the server takes them: single names, none twice. Pure.
import type { DeclaredFile } from './outbox.js';

const bytes = (text: string) => new TextEncoder().encode(text).length;

/** At most so many bytes of UTF-8, and what follows the last dot stays. */
function shortened(name: string, most: number): string {
  const dot = name.lastIndexOf('.'), end = dot > 0 && bytes(name.slice(dot)) < 20 ? name.slice(dot) : '';
  const letters = [...name.slice(0, name.length - end.length)];
  while (bytes(letters.join('') + end) > most) letters.pop();
  return letters.join('') + end;
}

/** What cannot stand in a name becomes `_`; the second `photo.jpg` is `photo (2).jpg`. */
export function namesOf(given: readonly string[]): string[] {
  const taken = new Set<string>();
  return given.map((name) => {
    const whole = name.normalize('NFC').replace(/[\u0000-\u001f\u007f/\\]|\p{Surrogate}/gu, '_');
    const clean = shortened(/^\.{0,2}$/.test(whole) ? '_' : whole, 255);
    const dot = clean.lastIndexOf('.'), [stem, end] = dot > 0 ? [clean.slice(0, dot), clean.slice(dot)] : [clean, ''];
    let own = clean;
    for (let i = 2; taken.has(own); ++i) own = `${shortened(stem, 245 - bytes(end))} (${i})${end}`;
    taken.add(own);
    return own;
  });
}

/** Without parameters; of no particular type if it is none. */
export function mediaTypeOf(type: string): string {
  const plain = type.split(';')[0]!.trim();
  return plain.length <= 127 && /^[!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+$/.test(plain) ? plain : 'application/octet-stream';
}

/** What a receipt for files is of, byte for byte. */
export function declarationOf(files: readonly DeclaredFile[]): string {
  return JSON.stringify(files.map(({ name, size, media_type, sha256 }) => ({ name, size, media_type, sha256 })));
}
