// Schema, types and Drizzle's operators. Importing this opens no connection (`@melodia/db/client` does) and reads no file, so
// that a bundler may take it.

// From here rather than from `drizzle-orm`, an application has the same Drizzle as these tables.
export {
  and,
  arrayContained,
  arrayContains,
  arrayOverlaps,
  asc,
  avg,
  between,
  count,
  countDistinct,
  desc,
  eq,
  exists,
  getTableColumns,
  getTableName,
  gt,
  gte,
  ilike,
  inArray,
  isNotNull,
  isNull,
  like,
  lt,
  lte,
  max,
  min,
  ne,
  not,
  notBetween,
  notExists,
  notIlike,
  notInArray,
  notLike,
  or,
  type SQL,
  sql,
  sum,
} from 'drizzle-orm';
export type { Client, ClientOptions, Database, DatabaseOrTransaction } from './client.js';
export * from './schema/index.js';
export { setSongCategories } from './song-categories.js';
export { selectedVariant, songTitle } from './song-title.js';
