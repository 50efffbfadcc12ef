// The secret of a second factor, as an authenticator app takes it: scanned, opened on the same device, or typed.
import type { schemas } from '@bellwether/client';
import { QrCode } from '../kit/qr.js';
import { t } from '../text/index.js';

export function Enrolment({ secret, how }: { secret: schemas.SecondFactorEnrolment; how: string }) {
  const { signIn } = t().shell;
  return (
    <>
      <p>{how}</p>
      <QrCode text={secret.otpauth_uri} label={signIn.qr} />
      <p class="hint">{signIn.scan}</p>
      <p><a href={secret.otpauth_uri}>{signIn.secret}</a>: <code class="secret" data-varies="ABCDEFGHIJKLMNOPQRSTUVWXYZ234567">{secret.secret}</code></p>
    </>
  );
}
