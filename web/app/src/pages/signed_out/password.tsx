// A password is chosen with a mail's link, or with one's name and a code from a card or from the board.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { me } from '../../api.js';
import { Button, Check, Field, Form, useDeed } from '../../kit/form.js';
import { Page } from '../../kit/page.js';
import { Said } from '../../kit/said.js';
import { link } from '../../shell/link.js';
import { usePatience } from '../../shell/patience.js';
import { t } from '../../text/index.js';

function Refused({ byLink, onCode }: { byLink: boolean; onCode: () => void }) {
  const { password } = t().signedOut;
  return (
    <div class="said bad" role="alert">
      <p>{byLink ? password.linkOver : password.codeOver}</p>
      <div class="actions">
        <a class="button quiet" href="/app/forgot">{password.newLink}</a>
        {byLink ? <Button quiet onPress={onCode}>{password.withCode}</Button> : null}
      </div>
    </div>
  );
}

export default function Password() {
  const { password } = t().signedOut, { signIn } = t().shell;
  const username = useSignal(''), code = useSignal(''), next = useSignal(''), again = useSignal(''), shows = useSignal(false), differs = useSignal(false), done = useSignal(false);
  const { ask, shown } = usePatience();
  const given = link.value, token = given?.token;
  useEffect(() => { // also of a second link
    if (!given) return;
    done.value = differs.value = false;
    username.value = given.username ?? '';
    code.value = given.code ?? '';
  }, [given]);
  const choosing = useDeed(async () => {
    const who = token === undefined ? { username: username.value.trim(), code: code.value.trim() } : { token };
    if (!await ask({ method: 'POST', path: '/v1/passwords', body: { ...who, new_password: next.value } satisfies schemas.PasswordChoice })) return;
    link.value = undefined;
    next.value = again.value = code.value = '';
    done.value = true;
  });
  const submit = () => {
    differs.value = !shows.value && next.value !== again.value;
    if (!differs.value) void choosing.run();
  };
  if (done.value)
    return (
      <Page key="done" title={password.done}>
        <Said kind="good"><p>{password.doneHint}</p></Said>
        {me.value ? <Said><p>{password.another(me.value.username)}</p></Said> : null}
        <p><a class="button" href="/app/today">{t().signedOut.toSignIn}</a></p>
      </Page>
    );
  const error = choosing.error.value, refused = error?.status === 403 || choosing.of('token') !== undefined;
  const empty = next.value === '' || (token === undefined && (username.value.trim() === '' || code.value.trim() === ''));
  const kind = shows.value ? 'text' : 'password';
  return (
    <Page key="choose" title={password.title}>
      <p>{token === undefined ? password.byCode : password.byLink}</p>
      <div class="card narrow">
        <Form label={password.title} error={refused ? undefined : error} fields={['username', 'code', 'new_password']} onSubmit={submit}>
          {token === undefined ? (
            <>
              <Field label={signIn.username} name="username" value={username} autocomplete="username" autocapitalize="none" spellcheck={false} maxLength={255} required error={choosing.of('username')} />
              <Field label={password.code} hint={password.codeHint} name="code" value={code} autocomplete="off" spellcheck={false} maxLength={40} required error={choosing.of('code') && password.noCode} />
            </>
          ) : null}
          <Field label={password.next} hint={password.rules} name="new-password" type={kind} value={next} autocomplete="new-password" autocapitalize="none" spellcheck={false} required error={choosing.of('new_password')} />
          {shows.value ? null : <Field label={password.again} name="again" type="password" value={again} autocomplete="new-password" required error={differs.value ? password.differs : undefined} />}
          <Check label={password.show} value={shows} />
          {refused ? <Refused byLink={token !== undefined} onCode={() => { link.value = undefined; choosing.error.value = undefined; }} /> : null}
          {shown}
          <p class="hint">{password.means}</p>
          <div class="actions"><Button type="submit" busy={choosing.busy.value} disabled={empty}>{password.submit}</Button></div>
        </Form>
      </div>
      <p><a href="/app/today">{t().signedOut.toSignIn}</a></p>
    </Page>
  );
}
