// Why a class is not ready, in the reader's words where the server's are known.
import type { ComponentChildren } from 'preact';
import { ServerWords } from '../../kit/said.js';
import { numberText, t } from '../../text/index.js';

export function concernText(of: string): ComponentChildren {
  const { concerns } = t().live.teach, number = (text: string | undefined) => numberText(Number(text));
  const quota = /account has (\d+) streams too few/.exec(of), warm = /^warm are (\d+) of (\d+) pairs/.exec(of);
  if (quota) return concerns.quota(number(quota[1]));
  if (warm) return concerns.warm(number(warm[1]), number(warm[2]));
  if (of.startsWith('a step failed')) return concerns.failed;
  if (of.startsWith('there is no stream yet')) return concerns.noStream;
  if (of.startsWith('no slate')) return concerns.noSlate;
  if (of.startsWith('the signal is')) return concerns.signal;
  return <ServerWords text={of} sentence />;
}
