const known: readonly (readonly [RegExp, (...parts: string[]) => string])[] = [
  [/^is missing$/, () => 'This is required.'],
  [/^must (?:not be empty|be there and not empty)$/, () => 'This cannot be empty.'],
  [/^is longer than (\d+ (?:bytes|characters))$/, (limit) => `This is longer than ${limit}.`],
  [/^is more than the ([\d.]+) there are$/, (most) => `There are only ${most} points.`],
  [/^expected a (?:whole )?number from (-?\d+) to (-?\d+)$/, (least, most) => `Enter a number from ${least} to ${most}.`],
  [/^choose a longer one: at least (\d+) characters/, (n) => `Use at least ${n} characters. A few words in a row are easy to remember.`],
];

/** What the server says in its own words, as this page says it; undefined: they are good as they are. */
export function serverWords(words: string): string | undefined {
  for (const [pattern, say] of known) {
    const found = pattern.exec(words);
    if (found) return say(...found.slice(1));
  }
  return undefined;
}
