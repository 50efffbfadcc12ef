// A new assignment. It is a draft on this device until it is created; created twice by a lost answer it cannot be.
import { randomKey } from '@bellwether/client';
import { useLocation } from 'preact-iso/router';
import type { schemas } from '@bellwether/client';
import { api, me, now } from '../../api.js';
import { draftOf, keepDraft } from '../../drafts.js';
import { useDraft } from '../../kit/draft.js';
import { useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { bodyOf, freshFields, type AssignmentFields } from './assignment_draft.js';
import { AssignmentForm } from './assignment_form.js';
import { etagOf } from './data.js';
import { SectionPage } from './parts.js';

/** `key` is of the body `sent`: another body is another assignment. */
interface Making { fields: AssignmentFields; key?: string; sent?: string }
const fresh = (): Making => ({ fields: freshFields() });

function New({ section, title }: { section: string; title: string }) {
  const { form } = t().teacher, { route } = useLocation();
  const draft = useDraft<Making>({ of: `new ${section}`, title: ({ fields }) => fields.title || form.untitled, begin: fresh(), empty: ({ fields }) => JSON.stringify(fields) === JSON.stringify(freshFields()) });
  const making = useDeed(async () => {
    const written = draft.written.peek() as Making, { kind, ...rest } = bodyOf(written.fields), sent = JSON.stringify({ kind, ...rest });
    const key = written.sent === sent && written.key ? written.key : randomKey();
    const going = { ...written, key, sent };
    draft.change(going);
    await draft.flush();
    const { body: made } = await api.post('/v1/sections/{section_id}/assignments', {
      path: { section_id: section }, idempotencyKey: key, body: { ...rest, ...(kind !== 'structured' && { kind }) } as unknown as schemas.NewAssignment,
    });
    const typed = draft.written.peek(), user = me.peek()?.user_id ?? '', { assignment_id } = made;
    if (typed && typed !== going) // since it went: a change of it
      await keepDraft({ user, assignment: `edit ${assignment_id}`, title: typed.fields.title, written: { fields: typed.fields, of: made }, at: now() });
    await draft.drop(fresh());
    route(`/app/teaching/assignments/${made.assignment_id}`);
    say(form.created, () => {
      void api.delete('/v1/assignments/{assignment_id}', { path: { assignment_id: made.assignment_id }, ifMatch: etagOf(made.version) }).then(async () => {
        if (await draftOf(user, `new ${section}`)) return route(`/app/teaching/assignments/${assignment_id}`); // another is being written
        draft.change({ fields: written.fields }); // what was written is back, as another one
        await draft.flush();
        route(`/app/teaching/${section}/new`);
      }, () => say(t().shell.fault));
    });
  });
  return <AssignmentForm label={form.title} draft={draft} saving={making} deed={form.create} section={title} of={{ section }} />;
}

export default function NewAssignment({ section = '' }: Record<string, string>) {
  const page = useResource<schemas.SectionPage>(`/v1/sections/${section}/page`), title = page.data.value?.title;
  return (
    <SectionPage section={section} title={title}>
      <Card title={t().teacher.form.title}><New key={section} section={section} title={title ?? ''} /></Card>
    </SectionPage>
  );
}
