import type { Check } from '../types.js';
import { clock } from './clock.js';
import { config } from './config.js';
import { connection } from './connection.js';
import { drizzle } from './drizzle.js';
import { embedded } from './embedded.js';
import { folder } from './folder.js';
import { invalidIndexes } from './invalid-indexes.js';
import { longTransactions } from './long-transactions.js';
import { node } from './node.js';
import { pgDump } from './pg-dump.js';
import { pooler } from './pooler.js';
import { privileges } from './privileges.js';
import { replication } from './replication.js';
import { serverVersion } from './server-version.js';
import { timeLimits } from './time-limits.js';
import { tls } from './tls.js';

/** In the order in which they are made and shown. The connection comes before what needs one. */
export const checks: readonly Check[] = [
  node,
  config,
  drizzle,
  folder,
  connection,
  embedded,
  tls,
  pooler,
  serverVersion,
  privileges,
  timeLimits,
  clock,
  longTransactions,
  invalidIndexes,
  replication,
  pgDump,
];
