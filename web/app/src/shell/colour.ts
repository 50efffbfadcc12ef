// Colours that are read easily: contrast as WCAG 2.2 reckons it, and the nearest shade that has enough of it.
type Rgb = readonly [number, number, number];
const rgbOf = (hex: string): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
const hexOf = (rgb: Rgb): string => `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(hex: string): number {
  const [r, g, b] = rgbOf(hex).map((part) => { const c = part / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** `share` of one in the other. */
export function mixed(one: string, other: string, share: number): string {
  const [a, b] = [rgbOf(one), rgbOf(other)];
  return hexOf([0, 1, 2].map((i) => (a[i] as number) * share + (b[i] as number) * (1 - share)) as unknown as Rgb);
}

export interface Shade { accent: string; wash: string }
// The darkest ground of the light appearance and the lightest of the dark one, and what to mix in to stand out from them (style/base.css).
const grounds = { light: { ground: '#f5f6f5', card: '#ffffff', ink: '#000000' }, dark: { ground: '#121817', card: '#1b2322', ink: '#ffffff' } };

/** The colour as links and buttons of an appearance have it: itself, or as much darker or lighter as reading wants (4.5 to 1, also on its own wash). */
export function shadeOf(colour: string, appearance: keyof typeof grounds): Shade {
  const { ground, card, ink } = grounds[appearance];
  for (let share = 1; ; share -= 0.04) {
    const accent = mixed(colour, ink, Math.max(share, 0)), wash = mixed(accent, card, 0.12);
    if (share <= 0 || [ground, card, wash].every((behind) => contrast(accent, behind) >= 4.5)) return { accent, wash };
  }
}
