import { melodiaVitest } from '@melodia/vitest-config';

// project/ is somebody else's, with a test of its own.
export default melodiaVitest({ include: ['test/**/*.test.mjs'] });
