import type { Texts } from '../index.js';

export const operator: Texts['operator'] = {
};
