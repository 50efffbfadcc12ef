// Who forgot the password has a link sent. The answer is the same whoever exists, and the page says no more than the answer.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { Button, Choice, Field, Form, useDeed } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { Said } from '../../kit/said.js';
import { passwordPage } from '../../shell/link.js';
import { usePatience } from '../../shell/patience.js';
import { t } from '../../text/index.js';

function WithoutMail() {
  const { forgot } = t().signedOut;
  return (
    <Card title={forgot.withoutMail}>
      <ul>{forgot.ways.map((way) => <li key={way}>{way}</li>)}</ul>
      <div class="actions"><a class="button quiet" href={passwordPage}>{forgot.haveCode}</a></div>
    </Card>
  );
}

export default function Forgot() {
  const { forgot } = t().signedOut, known = useSignal<'username' | 'email'>('username'), name = useSignal(''), asked = useSignal<string | undefined>(undefined);
  const { ask, shown } = usePatience();
  const asking = useDeed(async () => {
    const who = name.value.trim(), body: schemas.PasswordResetRequest = known.value === 'email' ? { email: who } : { username: who };
    if (await ask({ method: 'POST', path: '/v1/password-resets', body })) asked.value = who;
  });
  if (asked.value !== undefined)
    return (
      <Page key="asked" title={forgot.asked}>
        <Said kind="good"><p>{forgot.sent(asked.value)}</p></Said>
        <Card title={forgot.next}>
          <ol>{forgot.steps.map((step) => <li key={step}>{step}</li>)}</ol>
          <div class="actions"><Button quiet onPress={() => { asked.value = undefined; }}>{forgot.again}</Button></div>
        </Card>
        <WithoutMail />
        <p><a href="/app/today">{t().signedOut.toSignIn}</a></p>
      </Page>
    );
  return (
    <Page key="ask" title={forgot.title}>
      <p>{forgot.hint}</p>
      <div class="card narrow">
        <Form label={forgot.title} error={asking.error.value} fields={['username', 'email']} onSubmit={() => { void asking.run(); }}>
          <Choice label={forgot.known} value={known} options={[['username', t().shell.signIn.username], ['email', forgot.email]]} />
          {known.value === 'email'
            ? <Field key="email" label={forgot.email} type="email" name="email" value={name} autocomplete="email" maxLength={254} required error={asking.of('email')} />
            : <Field key="username" label={t().shell.signIn.username} name="username" value={name} autocomplete="username" autocapitalize="none" spellcheck={false} maxLength={255} required error={asking.of('username')} />}
          {shown}
          <div class="actions"><Button type="submit" busy={asking.busy.value} disabled={name.value.trim() === ''}>{forgot.submit}</Button></div>
        </Form>
      </div>
      <WithoutMail />
      <p><a href="/app/today">{t().signedOut.toSignIn}</a></p>
    </Page>
  );
}
