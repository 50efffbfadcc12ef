// The second half of a sign-in: a code, or first the secret that codes are made of.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { SecondFactor } from '@bellwether/client';
import { session, transport } from '../api.js';
import { Button, Field, Form, useDeed } from '../kit/form.js';
import { Page } from '../kit/page.js';
import { t } from '../text/index.js';

export function SecondFactorForm({ factor, device }: { factor: SecondFactor; device: string | undefined }) {
  const { signIn } = t().shell;
  const code = useSignal(''), secret = useSignal<{ secret: string; otpauth_uri: string } | undefined>(undefined);
  useEffect(() => {
    if (factor.enrolment)
      void transport.send({ method: 'POST', path: '/v1/sessions/second-factor/enrolment', body: { challenge: factor.challenge } })
        .then(({ body }) => { secret.value = body as { secret: string; otpauth_uri: string }; }, () => undefined);
  }, [factor]);
  const entering = useDeed(() => session.secondFactor(factor.challenge, code.value.trim(), device));
  return (
    <Page title={signIn.title}>
      <div class="card narrow">
        {secret.value ? <><p>{signIn.enrol}</p><p><a href={secret.value.otpauth_uri}>{signIn.secret}</a>: <code class="secret">{secret.value.secret}</code></p></> : null}
        <Form label={signIn.title} onSubmit={() => { void entering.run(); }} error={entering.error.value} fields={['code']}>
          <Field label={signIn.code} hint={signIn.codeHint} value={code} name="code" autocomplete="one-time-code" inputMode="text" error={entering.of('code')} />
          <div class="actions"><Button type="submit" busy={entering.busy.value}>{signIn.goOn}</Button></div>
        </Form>
      </div>
    </Page>
  );
}
