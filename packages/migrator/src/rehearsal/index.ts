export { type Blocking, blockingOf, strengthOf, type Work } from './blocking.js';
export type { TableSizes } from './estimate.js';
export { rehearsalFindings } from './findings.js';
export { rehearse } from './rehearse.js';
export type {
  LockMode,
  Rehearsal,
  RehearsedStatement,
  RelationKind,
  RelationLock,
  RowsRead,
  Touched,
} from './types.js';
export { describeBlocking, sqlMode } from './words.js';
