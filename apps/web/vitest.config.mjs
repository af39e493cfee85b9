import { melodiaVitest } from '@melodia/vitest-config';

export default melodiaVitest({ globalSetup: '@melodia/db/testing/vitest' });
