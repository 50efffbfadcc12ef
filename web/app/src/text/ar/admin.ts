import type { Texts } from '../index.js';

export const admin: Texts['admin'] = {
};
