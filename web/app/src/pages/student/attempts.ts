// What became of what somebody handed in to one assignment: from this device's outbox and the server's record together.
import type { Entry, EntryState, schemas } from '@bellwether/client';
import { handedIn } from '../../api.js';
import { useResource, type Resource } from '../../kit/resource.js';

export type Recorded = schemas.RecordedSubmission;
/** Lists say of the latest what tells them apart. */
type Told = Pick<Recorded, 'submission_id' | 'state' | 'received_at' | 'late'> & Partial<Recorded>;
export interface Attempt {
  key: string;
  state: EntryState;
  /** Received, or kept on this device while it is not. */
  at: string;
  submission_id?: string | undefined;
  late?: boolean | undefined;
  reason?: string | undefined;
  detail?: string | undefined;
  /** If it was handed in here. */
  entry?: Entry | undefined;
  recorded?: Told | undefined;
}

const receivedAt = ({ receipt, kept_at }: Entry): string => (receipt as schemas.Receipt | undefined)?.received_at ?? new Date(kept_at).toISOString();

/** It was received, and the bytes of its files are not all there. */
export const filesMissing = ({ state, entry, recorded }: Attempt): boolean => (state === 'received' || state === 'recorded')
  && (entry && 'files' in entry.work ? entry.files_bound !== true && recorded?.files_complete !== true : recorded?.files_complete === false);

/** The newest first. What the server says of one counts more than what is remembered here. */
export function attemptsOf(entries: readonly Entry[], recorded: readonly Told[]): Attempt[] {
  const here = new Map(entries.map((entry) => [entry.submission_id ?? entry.key, entry]));
  const all: Attempt[] = recorded.map((row) => {
    const entry = here.get(row.submission_id);
    here.delete(row.submission_id);
    return { key: row.submission_id, state: row.state, at: row.received_at, submission_id: row.submission_id, late: row.late, reason: row.reason, entry, recorded: row };
  });
  for (const [key, entry] of here)
    all.push({ key, state: entry.state, at: receivedAt(entry), submission_id: entry.submission_id, late: entry.late, reason: entry.reason, detail: entry.detail, entry });
  return all.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** Of one assignment. */
export function useAttempts(assignment: string): { attempts: Attempt[]; recorded: Resource<schemas.RecordedSubmissionPage> } {
  const recorded = useResource<schemas.RecordedSubmissionPage>(`/v1/assignments/${assignment}/submissions?limit=100`);
  const entries = handedIn.value.filter((entry) => entry.assignment_id === assignment);
  return { attempts: attemptsOf(entries, recorded.data.value?.data ?? []), recorded };
}
