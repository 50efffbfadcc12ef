// Passages of a text that stand in others too: marked where they stand, with the other text's words beside.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { Empty } from '../../kit/said.js';
import { numberText, t } from '../../text/index.js';
import { nameOf, type Student } from './data.js';

type Match = schemas.SubmissionSimilarity['data'][number];
type Span = Match['spans'][number];

interface Piece { text: string; span?: number }

/** The text in pieces, by spans that are told in bytes of its UTF-8; those that overlap one before it begin where that ends. */
export function piecesOf(text: string, spans: readonly Pick<Span, 'here'>[]): Piece[] {
  const bytes = new TextEncoder().encode(text), decoder = new TextDecoder(), pieces: Piece[] = [];
  let at = 0;
  const cut = (to: number, span?: number) => {
    if (to > at) pieces.push({ text: decoder.decode(bytes.subarray(at, to)), ...(span !== undefined && { span }) });
    at = Math.max(at, to);
  };
  const inOrder = spans.map(({ here }, span) => ({ ...here, span })).sort((a, b) => a.byte - b.byte);
  for (const { byte, bytes: length, span } of inOrder) {
    cut(Math.min(byte, bytes.length));
    cut(Math.min(byte + length, bytes.length), span);
  }
  cut(bytes.length);
  return pieces;
}

export const percent = (share: number) => numberText(share, { style: 'percent', maximumFractionDigits: 0 });

/** A text alone, or with its passages. */
export function TextWithPassages({ text, similarity, students }: { text: string; similarity: schemas.SubmissionSimilarity | undefined; students: readonly Student[] | undefined }) {
  const { similarity: words } = t().teacher, chosen = useSignal(0), id = useId();
  const matches = similarity?.data ?? [], match = matches[Math.min(chosen.value, matches.length - 1)];
  const pieces = match ? piecesOf(text, match.spans) : [{ text }];
  return (
    <>
      {match && similarity ? (
        <div class="said note">
          <p><strong>{words.share(similarity.share === null ? t().shell.missing : percent(similarity.share))}</strong></p>
          <div class="choice-row" role="group" aria-label={words.other}>
            {matches.map((one, i) => (
              <button key={one.submission_id} type="button" class="button quiet" aria-pressed={one === match} onClick={() => { chosen.value = i; }}>
                {nameOf(students, one.user_id)}, {percent(one.score)}</button>
            ))}
          </div>
        </div>
      ) : null}
      <div class={match ? 'beside' : ''}>
        <div class="text" lang="" dir="auto">{pieces.map((piece, i) => (piece.span === undefined ? piece.text
          : <mark key={i}>{piece.text}<a class="note-number" href={`#${id}-${piece.span}`} aria-label={words.passage(piece.span + 1)}>{numberText(piece.span + 1)}</a></mark>))}</div>
        {match ? (
          <ol class="passages" aria-label={words.passages}>
            {match.spans.map(({ there, words: count }, i) => (
              <li key={i} id={`${id}-${i}`} tabIndex={-1}><p class="dim small">{words.words(count)}</p>{there.quote === null ? <Empty>{words.notYours}</Empty> : <blockquote dir="auto">{there.quote}</blockquote>}</li>
            ))}
          </ol>
        ) : null}
      </div>
    </>
  );
}
