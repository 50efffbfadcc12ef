// Is it proof? Checked on this device, with the keys that the installation publishes.
import { declarationOf } from './file_names.js';
import type { Transport } from './http.js';
import type { Work } from './outbox.js';
import { checkAll, type Step } from './receipt_check.js';

export type { Step };

/** `keys`: what stands at /.well-known/receipt-keys.json. undefined: nothing is wrong, but this browser has no Ed25519. */
export async function verifyReceipt(receipt: unknown, keys: string, content: Uint8Array | null): Promise<{ holds: boolean | undefined; steps: Step[] }> {
  const { steps } = await checkAll({ receipt: JSON.stringify(receipt), keys, content });
  const signed = steps.find(({ step }) => step === 'signature')?.state === 'holds';
  return { holds: steps.some(({ state }) => state === 'fails') ? false : signed ? true : undefined, steps };
}

/** For OutboxOptions::verify. Keys are fetched once, and again where a receipt is signed with one that is not among them. */
export function receiptVerifier(transport: Transport): (receipt: unknown, work: Work) => Promise<boolean | undefined> {
  let keys: string | undefined;
  const fetched = async () => JSON.stringify((await transport.send({ method: 'GET', path: '/.well-known/receipt-keys.json' })).body);
  return async (receipt, work) => {
    const text = 'text' in work ? work.text : 'files' in work ? declarationOf(work.files) : undefined; // answers are received in a form of the server's
    const content = text === undefined ? null : new TextEncoder().encode(text);
    const had = keys !== undefined;
    keys ??= await fetched();
    const first = await verifyReceipt(receipt, keys, content);
    const unknown = first.steps.some(({ step, state }) => step === 'kid' && state === 'fails');
    if (!unknown || !had) return first.holds;
    keys = await fetched();
    return (await verifyReceipt(receipt, keys, content)).holds;
  };
}
