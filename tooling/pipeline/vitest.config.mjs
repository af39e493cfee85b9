import { melodiaVitest } from '@melodia/vitest-config';

export default melodiaVitest();
