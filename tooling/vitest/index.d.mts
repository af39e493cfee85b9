import type { ViteUserConfig } from 'vitest/config';

export function melodiaVitest(test?: ViteUserConfig['test']): ViteUserConfig;
