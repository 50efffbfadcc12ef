import type { PageRoute } from '../../routes.js';

export const admin: readonly PageRoute[] = [
];
