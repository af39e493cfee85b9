import { melodiaVitest } from '@melodia/vitest-config';

// Each test plays whole deployments.
export default melodiaVitest({ testTimeout: 180_000 });
