import type { PageRoute } from '../../routes.js';

export const operator: readonly PageRoute[] = [
];
