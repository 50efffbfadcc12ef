// What an overview said in the last minutes; in between, where it did not answer, nothing.
import { effect, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { now } from '../../api.js';
import type { Resource } from '../../kit/resource.js';

type Overview = schemas.Overview;
export interface History {
  at: readonly number[];
  /** undefined: it did not answer then. */
  read: readonly (Overview | undefined)[];
  last: Overview | undefined;
}

const readingsLimit = 150; // five minutes of one each two seconds

export function useHistory(from: Resource<Overview>): History {
  const history = useMemo(() => signal<History>({ at: [], read: [], last: undefined }), [from]);
  useEffect(() => effect(() => {
    const failed = from.error.value !== undefined, read = failed ? undefined : from.data.value;
    if (!failed && read === undefined) return;
    const { at: before, read: all, last } = history.peek();
    history.value = { at: [...before, now()].slice(-readingsLimit), read: [...all, read].slice(-readingsLimit), last: read ?? last };
  }), [from]);
  return history.value;
}
