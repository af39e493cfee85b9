import { melodiaVitest } from '@melodia/vitest-config';

export default melodiaVitest({ globalSetup: './test/setup/start-server.ts' });
