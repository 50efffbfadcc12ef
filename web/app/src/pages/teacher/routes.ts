import type { PageRoute } from '../../routes.js';

export const teacher: readonly PageRoute[] = [
];
