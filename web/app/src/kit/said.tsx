// What is said to whoever waits or cannot go on, and what a page shows while it reads.
import type { ComponentChildren } from 'preact';
import { ApiError } from '../api.js';
import { language, t } from '../text/index.js';
import { Button } from './form.js';
import type { Resource } from './resource.js';
import { instantText } from './time.js';

const asSentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}`;

/** What the server says in its own words: in the reader's language as far as they are known, else as they are. */
export function ServerWords({ text, sentence = false }: { text: string; sentence?: boolean }) {
  const known = t().serverWords(text), own = sentence ? asSentence(text) : text;
  return known !== undefined || language.value === 'en' ? <>{known ?? own}</> : <span lang="en" dir="ltr">{own}</span>;
}

/** Of these the server says more than the code does: what is wrong with this case. */
const saysMore = new Set(['bad_request', 'invalid_field', 'conflict', 'quota_exceeded', 'sign_in_delayed']);

/** In the reader's language where its code is known, with the server's words where those say more. */
export function faultText(error: ApiError): ComponentChildren {
  if (error.code === 'device') return t().shell.device(error.message);
  const said = t().faults[error.code];
  if (said && !saysMore.has(error.code)) return said;
  if (!said && error.status === 0) return t().shell.unreachable;
  if (!said && (error.status === 503 || error.status === 504)) return t().shell.overloaded;
  return <>{said ? `${said} ` : ''}{error.problem ? <ServerWords text={error.message} sentence /> : error.message}</>;
}

/** Beside no field, so it says which one it is of. */
export function Fault({ error, onRetry }: { error: ApiError; onRetry?: (() => void) | undefined }) {
  return (
    <div class="said bad" role="alert">
      <p>{error.field && saysMore.has(error.code) ? <><code dir="ltr">{error.field.replace(/^\//, '')}</code>: </> : null}{faultText(error)}</p>
      {error.problem?.request_id && error.status >= 500 ? <p class="dim small">{t().shell.request(error.problem.request_id)}</p> : null}
      {onRetry ? <Button quiet onPress={onRetry}>{t().shell.retry}</Button> : null}
    </div>
  );
}

export function Said({ kind = 'note', children }: { kind?: 'note' | 'good' | 'bad'; children: ComponentChildren }) {
  return <div class={`said ${kind}`} role="status">{children}</div>;
}

/** The resource's data by `children`; before there is any, that it is being read, or why it cannot be. */
export function Read<T>({ from, children }: { from: Resource<T>; children: (data: T) => ComponentChildren }) {
  const data = from.data.value, error = from.error.value, at = from.at.value;
  if (data === undefined)
    return error ? <Fault error={error} onRetry={() => { void from.reload(); }} /> : <p class="waiting" role="status">{t().shell.loading}</p>;
  return (
    <>
      {error && at !== undefined ? <p class="said note small" role="status">{t().shell.asOf(instantText(at))} {faultText(error)}</p> : null}
      {children(data)}
    </>
  );
}

/** A number or word that may not be known: then it says so, and never 0. */
export function Known({ value, why }: { value: ComponentChildren | null | undefined; why?: ComponentChildren }) {
  if (value === null || value === undefined) return <span class="missing">{t().shell.missing}{why ? <>: {why}</> : null}</span>;
  return <>{value}</>;
}

export function Empty({ children }: { children?: ComponentChildren }) {
  return <p class="dim">{children ?? t().shell.none}</p>;
}
