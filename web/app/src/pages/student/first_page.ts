// Today's parts from one answer that is prepared before the bell (`/v1/first-page`): it replaces a request for each of them. Where the server has no such page
// for the reader, or a part has more than fits into it, that part is read at its own address; where the server asks to wait, nothing else is asked instead.
import { computed, signal, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { useResource, type Reading, type Resource } from '../../kit/resource.js';

type FirstPage = schemas.FirstPage;
const path = '/v1/first-page';

/** `wanted` false: each part is read at its own address. */
export const useFirstPage = (wanted: boolean): Resource<FirstPage> => useResource<FirstPage>(wanted ? path : null);

/** Refused for good, and there is no copy: it will not come. */
const refused = ({ data, error }: Resource<FirstPage>) => data.value === undefined && error.value !== undefined && !error.value.retryable && error.value.status !== 0;

/** `pick`: null where the page has only some of it. `reload` asks at the part's own address: there it is never behind. */
export function usePart<T>(page: Resource<FirstPage>, wanted: boolean, pick: (page: FirstPage) => T | null, ownPath: string | null, reading?: Reading): Resource<T> {
  const alone = useMemo(() => signal(false), [page]);
  const isOwn = !wanted || alone.value || refused(page) || (page.data.value !== undefined && pick(page.data.value) === null);
  const own = useResource<T>(isOwn ? ownPath : null, reading);
  const view = useMemo(() => {
    const changed = signal<T | undefined>(undefined);
    const picked = computed(() => own.data.value ?? changed.value ?? (page.data.value ? pick(page.data.value) ?? undefined : undefined));
    const resource: Resource<T> = {
      data: picked as Signal<T | undefined>, etag: own.etag,
      error: isOwn ? own.error : page.error, at: isOwn ? own.at : page.at, busy: isOwn ? own.busy : page.busy,
      async reload() {
        if (isOwn) return own.reload();
        if (page.data.peek() === undefined) return page.reload();
        alone.value = true;
      },
      set(data, etag) { if (isOwn) own.set(data, etag); else changed.value = data; },
    };
    return { resource, changed };
  }, [page, own, isOwn]);
  useEffect(() => page.data.subscribe(() => { view.changed.value = undefined; }), [page, view]); // what is read is newer
  return view.resource;
}
