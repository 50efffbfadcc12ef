import type { Texts } from '../index.js';

export const student: Texts['student'] = {
};
