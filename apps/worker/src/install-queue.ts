// `pnpm --filter @melodia/worker run queue:install`: before the first start, and with every release.
import { installQueue, reasonOf } from './queue.js';
import { readSettings } from './settings.js';

try {
  await installQueue(readSettings());
  console.log('The queue is installed.');
} catch (error) {
  console.error(`The queue could not be installed: ${reasonOf(error)}`);
  process.exitCode = 1;
}
