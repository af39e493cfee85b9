// pnpm --filter @melodia/bench run noop|apply|slow-link|application|generate|lint|check|drift|backup|backfill|web|zero-downtime|all [--runs 7] [--sizes 100,1000] [--songs 2000000]
// --only keeps some tools (`--only migrator,drizzle-kit`), or some scenarios of `application` (`--only a,a2`) or `zero-downtime` (`--only rename,type:migrator`; `--batch 50ms`: its backfill).
import { parseArgs } from 'node:util';
import { application } from './application.mjs';
import { backfill } from './backfill.mjs';
import { backup } from './backup.mjs';
import { check } from './check.mjs';
import { drift } from './drift.mjs';
import { generate } from './generate.mjs';
import { lint } from './lint.mjs';
import { printMachine } from './print.mjs';
import { apply, noop, slowLink } from './speed.mjs';
import { zeroDowntime } from './zero-downtime.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    sizes: { type: 'string', default: '100,1000' },
    songs: { type: 'string', default: '2000000' },
    only: { type: 'string' },
    megabytes: { type: 'string' },
    batch: { type: 'string', default: '250ms' },
  },
});
const [name = 'all'] = positionals;
const sizes = values.sizes.split(',').map(Number);
const only = values.only?.split(',');
const runs = (fallback) => Number(values.runs ?? fallback);
const benches = {
  noop: () => noop({ sizes, only, runs: runs(7) }),
  apply: () => apply({ sizes, only, runs: runs(5) }),
  'slow-link': () => slowLink({ sizes, only, runs: runs(3) }),
  application: () => application({ songs: Number(values.songs), only }),
  'zero-downtime': () => zeroDowntime({ songs: Number(values.songs), only, batch: values.batch }),
  backfill: () => backfill({ songs: Number(values.songs) }),
  lint: () => lint({ migrations: sizes.at(-1), runs: runs(5) }),
  check: () => check({ migrations: sizes.at(-1), runs: runs(5) }),
  drift: () => drift({ tables: sizes.at(-1), runs: runs(3) }),
  web: async () => (await import('./web.mjs')).web(),
  backup: () => backup({ megabytes: (values.megabytes ?? '10,100,400').split(',').map(Number) }),
  generate: () => generate({ snapshots: sizes.at(-1), tables: 300, runs: runs(3) }),
};

if (name !== 'all' && !(name in benches)) {
  process.stderr.write(`There is no benchmark ${name}; there are ${Object.keys(benches).join(', ')} and all.\n`);
  process.exit(2);
}
printMachine();
for (const [bench, run] of Object.entries(benches)) if (name === 'all' || name === bench) await run();
