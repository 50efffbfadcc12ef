// Plain text that people wrote: its lines stay lines, and the web addresses in it are links. Nothing else of it is markup.
interface Piece { text: string; to?: string }

const address = /\bhttps?:\/\/[^\s<>"“”«»]+/giu, afterIt = /[.,;:!?'’…،؛؟]$/u;

/** Where an address ends: not with what ends a sentence, nor with a bracket that was opened before it. */
function endOf(found: string): string {
  const last = found.at(-1) ?? '';
  if (afterIt.test(found)) return endOf(found.slice(0, -1));
  const opening = { ')': '(', ']': '[' }[last];
  return opening && found.split(last).length > found.split(opening).length ? endOf(found.slice(0, -1)) : found;
}

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(address)) {
    const to = endOf(found);
    if (!URL.canParse(to)) continue;
    pieces.push({ text: text.slice(from, index) }, { text: to, to });
    from = index + to.length;
  }
  return [...pieces, { text: text.slice(from) }];
}

export function Written({ text }: { text: string }) {
  return (
    <div class="plain-text" dir="auto">
      {piecesOf(text).map(({ text: words, to }, i) => (to ? <a key={i} href={to} rel="noopener noreferrer" target="_blank" dir="ltr">{words}</a> : words))}
    </div>
  );
}
