// Signing out: asked first while something is on this device alone.
import { signal } from '@preact/signals';
import { handedIn, me, signOut, unsent } from '../api.js';
import { draftsOf, marksHere, type Draft } from '../drafts.js';
import { Dialog } from '../kit/dialog.js';
import { Button, useDeed } from '../kit/form.js';
import { Fault } from '../kit/said.js';
import { t } from '../text/index.js';

const asking = signal<{ works: number; marks: number; drafts: Draft[] } | undefined>(undefined);

export function SignOut() {
  const leaving = useDeed(async () => {
    const works = handedIn.peek().filter(unsent).length, user = me.peek()?.user_id;
    const drafts = user ? await draftsOf(user) : [], marks = user ? marksHere(user) : 0;
    if (works + marks + drafts.length > 0) asking.value = { works, marks, drafts };
    else await signOut();
  });
  return (
    <>
      <Button quiet busy={leaving.busy.value} onPress={() => { void leaving.run(); }}>{t().shell.signOut}</Button>
      {leaving.error.value ? <Fault error={leaving.error.value} /> : null}
    </>
  );
}

/** In front of everything, also where the menu that asked is away. */
export function Leave() {
  const { leave } = t().shell, close = () => { asking.value = undefined; };
  const leaving = useDeed(async () => { await signOut(); close(); });
  if (!asking.value) return null;
  const { works, marks, drafts } = asking.value;
  return (
    <Dialog title={leave.title} onClose={close}>
      {works > 0 ? <p><strong>{leave.works(works)}</strong> {leave.worksHint}</p> : null}
      {marks > 0 ? <p><strong>{leave.marks(marks)}</strong></p> : null}
      {drafts.length > 0 ? (
        <>
          <p><strong>{leave.drafts(drafts.length)}</strong></p>
          <ul>{drafts.map(({ key, title }) => <li key={key}>{title}</li>)}</ul>
        </>
      ) : null}
      <p>{leave.stays}</p>
      {leaving.error.value ? <Fault error={leaving.error.value} /> : null}
      <div class="actions">
        <Button onPress={close}>{leave.stay}</Button>
        <Button quiet busy={leaving.busy.value} onPress={() => { void leaving.run(); }}>{leave.go}</Button>
      </div>
    </Dialog>
  );
}
