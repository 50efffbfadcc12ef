// How far something long has come. What is not known is not drawn.
import { useId } from 'preact/hooks';
import { numberText, t } from '../text/index.js';
import { figureText, type Unit } from './figure.js';
import { spanText } from './time.js';

interface ProgressOptions {
  label: string;
  done?: number | null | undefined;
  /** Without: it goes on, nobody knows how long. */
  total?: number | null | undefined;
  leftMs?: number | null | undefined;
  unit?: Unit;
}

export function Progress({ label, done, total, leftMs, unit = 'count' }: ProgressOptions) {
  const id = useId(), { progress } = t().shell;
  const far = typeof done === 'number' && typeof total === 'number' && total > 0 ? Math.min(1, done / total) : undefined;
  const said = far !== undefined ? progress.of(figureText(done as number, unit), figureText(total as number, unit), numberText(far, { style: 'percent' }))
    : typeof done === 'number' ? progress.soFar(figureText(done, unit)) : undefined;
  return (
    <div class="progress">
      <label for={id}>{label}</label>
      <progress id={id} {...(far === undefined ? {} : { value: far, max: 1 })} />
      {said || typeof leftMs === 'number' ? <p class="dim small">{said}{typeof leftMs === 'number' ? ` ${progress.left(spanText(leftMs))}` : ''}</p> : null}
    </div>
  );
}
