/** One step of the check of a receipt, as the page /verify shows it. */
export interface Step {
  step: 'keys' | 'receipt' | 'kid' | 'signature' | 'path' | 'head_path' | 'content' | 'proof' | 'head';
  title: string;
  state: 'holds' | 'fails' | 'unchecked';
  note: string;
}
/** `receipt`, `keys`, `proof`, `head`: JSON texts; `content`: bytes. */
export function checkAll(parts: { receipt: string; keys?: string; content?: Uint8Array | null; proof?: string; head?: string }): Promise<{ steps: Step[]; receipt: unknown }>;
