// The reader's second factor (staff): made, confirmed by a code of it, and taken away again.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { api } from '../../api.js';
import { Button, Field, Form, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Fault, Read, Said } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { Enrolment } from '../../shell/enrolment.js';
import { codesToKeep } from '../../shell/recovery.js';
import { t } from '../../text/index.js';

export function SecondFactor() {
  const { factor: texts } = t().everybody, { signIn } = t().shell, factor = useResource<schemas.SecondFactor>('/v1/me/second-factor');
  const secret = useSignal<schemas.SecondFactorEnrolment | undefined>(undefined), code = useSignal(''), removes = useSignal(false);
  const begin = useDeed(async () => { secret.value = (await api.post('/v1/me/second-factor')).body; });
  const confirm = useDeed(async () => {
    codesToKeep.value = (await api.post('/v1/me/second-factor/confirmation', { body: { code: code.value.trim() } })).body.recovery_codes;
    secret.value = undefined;
    code.value = '';
    await factor.reload();
  });
  const remove = useDeed(async () => {
    await api.post('/v1/me/second-factor/removal', { body: { code: code.value.trim() } });
    removes.value = false;
    code.value = '';
    await factor.reload();
    say(texts.removed);
  });
  const form = (label: string, deed: typeof confirm, back: () => void) => (
    <Form label={label} error={deed.error.value} fields={['code']} onSubmit={() => { void deed.run(); }}>
      <Field label={signIn.code} hint={signIn.codeHint} value={code} autocomplete="one-time-code" error={deed.of('code')} />
      <div class="actions"><Button type="submit" busy={deed.busy.value} disabled={code.value.trim() === ''}>{label}</Button><Button quiet onPress={back}>{t().shell.cancel}</Button></div>
    </Form>
  );
  return (
    <Card title={signIn.secondFactor}>
      <Read from={factor}>
        {({ state, confirmed_at, recovery_codes_left }) => (
          <>
            {state === 'confirmed' ? <p>{texts.has} {confirmed_at ? <Instant at={confirmed_at} /> : null}. {texts.left(recovery_codes_left)}</p> : <p>{texts.none}</p>}
            {begin.error.value ? (begin.error.value.status === 403 ? <Said kind="bad">{texts.tooOld}</Said> : <Fault error={begin.error.value} />) : null}
            {secret.value ? (
              <>
                <Enrolment secret={secret.value} how={texts.add} />
                {form(texts.confirm, confirm, () => { secret.value = undefined; })}
              </>
            ) : removes.value ? form(texts.remove, remove, () => { removes.value = false; })
              : state === 'confirmed' ? <Button quiet onPress={() => { removes.value = true; }}>{texts.remove}</Button>
                : <Button quiet busy={begin.busy.value} onPress={() => { void begin.run(); }}>{texts.begin}</Button>}
          </>
        )}
      </Read>
    </Card>
  );
}
