import { melodiaVitest } from '@melodia/vitest-config';

export default melodiaVitest({ globalSetup: './src/testing-vitest.ts' });
