import type { Texts } from '../index.js';

export const teacher: Texts['teacher'] = {
};
