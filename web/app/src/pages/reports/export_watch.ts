// Report exports: asked for here, and told of when they are ready, on whatever page of this tab one is by then.
import { ask, ApiError, me } from '../../api.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { titleOf } from './data.js';

export type Format = 'csv' | 'xlsx' | 'parquet';
export type State = 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled' | 'expired';
export interface ReportExport {
  export_id: string; report_id: string; title: string; format: Format; arguments: Readonly<Record<string, string>>; when: 'now' | 'quiet'; state: State;
  not_before: string | null; progress: number | null; rows: number | null; bytes: number | null; sha256: string | null; as_of: string | null; lag_seconds: number | null; stale: boolean | null;
  error: { code: string; detail: string } | null; created_at: string; finished_at: string | null; expires_at: string | null;
}
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

export async function askExport(report_id: string, given: Readonly<Record<string, string>>, format: Format, when: ReportExport['when'], key: string): Promise<void> {
  const { body } = await ask<ReportExport>({ method: 'POST', path: exportsPath, body: { report: report_id, format, arguments: given, when }, headers: { 'Idempotency-Key': `"${key}"` } });
  if (when === 'now') void watch(body, me.peek()?.user_id);
}
