// Report exports: asked for here, and told of when they are ready, on whatever page of this tab one is by then.
import type { schemas } from '@bellwether/client';
import { ask, ApiError, me } from '../../api.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { titleOf } from './data.js';

export type ReportExport = schemas.ReportExport;
export const exportsPath = '/v1/report-exports';
export const goesOn = ({ state }: ReportExport): boolean => state === 'waiting' || state === 'running';
const lookEveryMs = 2_000, longestMs = 30 * 60_000;

/** Until it has ended; one that waits for a quiet hour is told of by the page of exports. */
async function watch(one: ReportExport, whose: string | undefined): Promise<void> {
  for (const until = Date.now() + longestMs; Date.now() < until;) {
    await new Promise((done) => { setTimeout(done, lookEveryMs * (0.75 + Math.random() / 2)); });
    if (me.peek()?.user_id !== whose) return;
    try {
      const { body } = await ask<ReportExport>({ method: 'GET', path: `${exportsPath}/${one.export_id}`, retryForMs: 0 });
      if (goesOn(body)) continue;
      const { exports: words } = t().reports, title = titleOf(body.report_id, body.title);
      if (body.state === 'completed') say(words.ready(title));
      else if (body.state === 'failed') say(words.notMade(title));
      return;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 401)) return; // removed, or nobody's any more
    }
  }
}

export async function askExport(wanted: schemas.NewReportExport, key: string): Promise<void> {
  const { body } = await ask<ReportExport>({ method: 'POST', path: exportsPath, body: wanted, headers: { 'Idempotency-Key': `"${key}"` } });
  if (body.when === 'now') void watch(body, me.peek()?.user_id);
}
