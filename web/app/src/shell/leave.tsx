// Signing out: asked first while something is on this device alone.
import { useSignal } from '@preact/signals';
import { handedIn, me, signOut, unsent } from '../api.js';
import { draftsOf, marksHere, type Draft } from '../drafts.js';
import { Dialog } from '../kit/dialog.js';
import { Button, useDeed } from '../kit/form.js';
import { Fault } from '../kit/said.js';
import { t } from '../text/index.js';

export function SignOut() {
  const { shell } = t();
  const asking = useSignal<{ works: number; marks: number; drafts: Draft[] } | undefined>(undefined);
  const leaving = useDeed(() => signOut());
  async function ask(): Promise<void> {
    const works = handedIn.peek().filter(unsent).length, user = me.peek()?.user_id;
    const drafts = user ? await draftsOf(user) : [];
    const marks = user ? marksHere(user) : 0;
    if (works + marks + drafts.length > 0) asking.value = { works, marks, drafts };
    else void leaving.run();
  }
  const error = leaving.error.value;
  return (
    <>
      <Button quiet busy={leaving.busy.value} onPress={() => { void ask(); }}>{shell.signOut}</Button>
      {error && !asking.value ? <Fault error={error} /> : null}
      {asking.value ? (
        <Dialog title={shell.leave.title} onClose={() => { asking.value = undefined; }}>
          {asking.value.works > 0 ? <p><strong>{shell.leave.works(asking.value.works)}</strong> {shell.leave.worksHint}</p> : null}
          {asking.value.marks > 0 ? <p><strong>{shell.leave.marks(asking.value.marks)}</strong></p> : null}
          {asking.value.drafts.length > 0 ? (
            <>
              <p><strong>{shell.leave.drafts(asking.value.drafts.length)}</strong></p>
              <ul>{asking.value.drafts.map(({ key, title }) => <li key={key}>{title}</li>)}</ul>
            </>
          ) : null}
          <p>{shell.leave.stays}</p>
          {error ? <Fault error={error} /> : null}
          <div class="actions">
            <Button onPress={() => { asking.value = undefined; }}>{shell.leave.stay}</Button>
            <Button quiet busy={leaving.busy.value} onPress={() => { void leaving.run(); }}>{shell.leave.go}</Button>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
