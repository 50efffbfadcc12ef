import { plural } from '../index.js';

/** "1 day", "2 days". */
export const count = (n: number, one: string, other: string) => plural(n, { one: `${n} ${one}`, other: `${n} ${other}` });
