// How far something long has come. What is not known is not drawn.
import { useId } from 'preact/hooks';
import { numberText, t } from '../text/index.js';
import { spanText } from './time.js';

interface ProgressOptions {
  label: string;
  done?: number | null | undefined;
  /** Without: it goes on, nobody knows how long. */
  total?: number | null | undefined;
  leftMs?: number | null | undefined;
}

export function Progress({ label, done, total, leftMs }: ProgressOptions) {
  const id = useId(), { progress } = t().shell;
  const far = typeof done === 'number' && typeof total === 'number' && total > 0 ? Math.min(1, done / total) : undefined;
  const said = far !== undefined ? progress.of(numberText(done as number), numberText(total as number), numberText(far, { style: 'percent' }))
    : typeof done === 'number' ? progress.soFar(numberText(done)) : undefined;
  return (
    <div class="progress">
      <label for={id}>{label}</label>
      <progress id={id} {...(far === undefined ? {} : { value: far, max: 1 })} />
      {said || typeof leftMs === 'number' ? <p class="dim small">{said}{typeof leftMs === 'number' ? ` ${progress.left(spanText(leftMs))}` : ''}</p> : null}
    </div>
  );
}
