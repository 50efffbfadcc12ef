// What the institution asks of its people when they sign in, and how they are told things.
import { useSignal } from '@preact/signals';
import type { schemas } from '@bellwether/client';
import { Button, Check, Choice, Field, Form } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Read } from '../../kit/said.js';
import { t } from '../../text/index.js';
import { api, useSaving } from './data.js';
import { Providers } from './providers.js';

function SecondFactor({ from, now }: { from: Resource<schemas.SignInPolicy>; now: schemas.SignInPolicy }) {
  const { policy } = t().admin, wanted = useSignal(now.staff_second_factor);
  const saving = useSaving(from, (body: schemas.SignInPolicyChange, ifMatch) => api.patch('/v1/sign-in-policy', { ifMatch, body }));
  return (
    <Form label={policy.secondFactor} onSubmit={() => { void saving.run({ staff_second_factor: wanted.value }, { staff_second_factor: now.staff_second_factor }); }} error={saving.error.value}>
      <Choice label={policy.staffFactor} hint={policy.staffFactorHint} value={wanted} options={[['optional', policy.factors.optional], ['required', policy.factors.required]]} />
      <div class="actions"><Button type="submit" busy={saving.busy.value}>{t().shell.save}</Button></div>
    </Form>
  );
}

function Passwords({ from, now }: { from: Resource<schemas.PasswordPolicy>; now: schemas.PasswordPolicy }) {
  const { policy } = t().admin;
  const staff = useSignal(String(now.staff_chars_min)), student = useSignal(String(now.student_chars_min)), shared = useSignal(String(now.shared_device_minutes));
  const saving = useSaving(from, (body: schemas.PasswordPolicyChange, ifMatch) => api.patch('/v1/password-policy', { ifMatch, body }));
  const wanted = () => ({ staff_chars_min: Number(staff.value), student_chars_min: Number(student.value), shared_device_minutes: Number(shared.value) });
  return (
    <Form label={policy.passwords} onSubmit={() => { void saving.run(wanted(), now); }} error={saving.error.value} fields={['staff_chars_min', 'student_chars_min', 'shared_device_minutes']}>
      <Field label={policy.staffChars} type="number" min={8} max={64} value={staff} error={saving.of('staff_chars_min')} />
      <Field label={policy.studentChars} hint={policy.studentCharsHint} type="number" min={4} max={64} value={student} error={saving.of('student_chars_min')} />
      <Field label={policy.shared} hint={policy.sharedHint} type="number" min={5} max={1440} value={shared} error={saving.of('shared_device_minutes')} />
      <div class="actions"><Button type="submit" busy={saving.busy.value}>{t().shell.save}</Button></div>
    </Form>
  );
}

function Mails({ from, now }: { from: Resource<schemas.NoticePolicy>; now: schemas.NoticePolicy }) {
  const { policy } = t().admin, grades = useSignal(now.grade_mails), announcements = useSignal(now.announcement_mails);
  const saving = useSaving(from, (body: schemas.NoticePolicyChange, ifMatch) => api.put('/v1/notice-policy', { ifMatch, body }));
  return (
    <Form label={policy.mails} onSubmit={() => { void saving.run({ grade_mails: grades.value, announcement_mails: announcements.value }, now); }} error={saving.error.value}>
      <Check label={policy.gradeMails} hint={policy.gradeMailsHint} value={grades} />
      <Check label={policy.announcementMails} value={announcements} />
      <div class="actions"><Button type="submit" busy={saving.busy.value}>{t().shell.save}</Button></div>
    </Form>
  );
}

export default function PolicyPage() {
  const { policy } = t().admin;
  const signIn = useResource<schemas.SignInPolicy>('/v1/sign-in-policy'), passwords = useResource<schemas.PasswordPolicy>('/v1/password-policy');
  const mails = useResource<schemas.NoticePolicy>('/v1/notice-policy');
  return (
    <Page title={t().shell.nav.policy} wide>
      <div class="columns">
        <div>
          <Card title={policy.secondFactor}><Read from={signIn}>{(now) => <SecondFactor key={signIn.etag.value} from={signIn} now={now} />}</Read></Card>
          <Card title={policy.passwords}><Read from={passwords}>{(now) => <Passwords key={passwords.etag.value} from={passwords} now={now} />}</Read></Card>
        </div>
        <div>
          <Providers />
          <Card title={policy.invitations}><p>{policy.invitationsHint}</p><p><a href="/app/policy/invitations">{policy.invitationsAll}</a></p></Card>
          <Card title={policy.mails}><Read from={mails}>{(now) => <Mails key={mails.etag.value} from={mails} now={now} />}</Read></Card>
        </div>
      </div>
    </Page>
  );
}
