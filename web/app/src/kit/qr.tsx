// A QR code, drawn black on white whatever the appearance: scanners want that. What draws it comes when it is wanted; until then, and without it, the
// text beside it says the same.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

const edge = 4; // modules of white around it (ISO/IEC 18004)

export function QrCode({ text, label }: { text: string; label: string }) {
  const drawn = useSignal<{ size: number; path: string } | undefined>(undefined);
  useEffect(() => {
    let still = true;
    import('uqr').then(({ encode }) => {
      const { size, data } = encode(text, { ecc: 'M', border: edge });
      const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : []))).join('');
      if (still) drawn.value = { size, path };
    }, () => undefined);
    return () => { still = false; };
  }, [text]);
  return (
    <div class="qr" data-varies=" ">
      {drawn.value ? (
        <svg role="img" aria-label={label} viewBox={`0 0 ${drawn.value.size} ${drawn.value.size}`} shape-rendering="crispEdges">
          <rect width="100%" height="100%" fill="#fff" /><path d={drawn.value.path} fill="#000" />
        </svg>
      ) : null}
    </div>
  );
}
