import { plural } from '../index.js';

/** What is counted, in the four shapes that Arabic has for it; `many` also stands for round hundreds, unless `other` does. */
export interface Counted { one: string; two: string; few: string; many: string; other?: string }

/** As Arabic counts: one, two, a few, many. After a preposition, and as an object, two have another ending: `oblique`. */
export const counted = (n: number, { one, two, few, many, other = many }: Counted) =>
  plural(n, { one, two, few: `${n} ${few}`, many: `${n} ${many}`, other: `${n} ${other}` });
export const count = (n: number, one: string, two: string, few: string, many: string, other = many) => counted(n, { one, two, few, many, other });

const days = { one: 'يوم واحد', two: 'يومان', few: 'أيام', many: 'يومًا', other: 'يوم' };
const hours = { one: 'ساعة واحدة', two: 'ساعتان', few: 'ساعات', many: 'ساعة' };
const minutes = { one: 'دقيقة واحدة', two: 'دقيقتان', few: 'دقائق', many: 'دقيقة' };
const seconds = { one: 'ثانية واحدة', two: 'ثانيتان', few: 'ثوانٍ', many: 'ثانية' };
const oblique = (of: Counted): Counted => ({ ...of, two: of.two.replace(/ان$/, 'ين') });

type Spans = Record<'days' | 'hours' | 'minutes' | 'seconds', (n: number) => string>;
const spansOf = (shape: (of: Counted) => Counted): Spans => ({
  days: (n) => counted(n, shape(days)), hours: (n) => counted(n, shape(hours)), minutes: (n) => counted(n, shape(minutes)), seconds: (n) => counted(n, shape(seconds)),
});
/** "دقيقتان", where it stands by itself. */
export const spans = spansOf((of) => of);
/** "دقيقتين", as in "خلال دقيقتين". */
export const spansAfter = spansOf(oblique);
