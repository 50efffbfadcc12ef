// What the administrator's pages read and change, with the server's types.
import { useDeed } from '../../kit/form.js';
import type { Resource } from '../../kit/resource.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import '../../style/admin.css';

export { api } from '../../api.js';

/** Saves `after` by `put`, and offers `before` as the way back: by the version that the change made. */
export function useSaving<T, C>(from: Resource<T>, put: (change: C, etag: string) => Promise<{ body: T; etag: string | undefined }>) {
  const set = async (change: C) => {
    const { body, etag } = await put(change, from.etag.peek() ?? '');
    from.set(body, etag ?? null);
  };
  const undoing = useDeed(set);
  const saving = useDeed(async (after: C, before: C) => {
    await set(after);
    say(t().shell.saved, () => { void undoing.run(before); });
  });
  return { ...saving, error: saving.error.value ? saving.error : undoing.error };
}
