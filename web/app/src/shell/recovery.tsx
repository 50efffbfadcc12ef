// Codes that are shown once: they stay in front of everything until whoever reads them says that they are kept.
import { signal, useSignal } from '@preact/signals';
import { Dialog } from '../kit/dialog.js';
import { Button, Check } from '../kit/form.js';
import { saveAs } from '../kit/save.js';
import { t } from '../text/index.js';

export const codesToKeep = signal<readonly string[]>([]);

export function RecoveryCodes() {
  const kept = useSignal(false), { signIn } = t().shell, codes = codesToKeep.value;
  if (codes.length === 0) return null;
  return (
    <Dialog title={signIn.recoveryTitle} onClose={() => undefined}>
      <p>{signIn.recovery}</p>
      <ol class="codes">{codes.map((code) => <li key={code}><code class="secret" data-varies="0000-0000">{code}</code></li>)}</ol>
      <div class="actions"><Button quiet onPress={() => saveAs('recovery-codes.txt', codes.join('\n'), 'text/plain')}>{signIn.recoverySave}</Button></div>
      <Check label={signIn.recoveryKept} value={kept} />
      <div class="actions"><Button disabled={!kept.value} onPress={() => { kept.value = false; codesToKeep.value = []; }}>{signIn.goOn}</Button></div>
    </Dialog>
  );
}
