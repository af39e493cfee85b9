import { aggregates } from './aggregates.js';
import { columns } from './columns.js';
import { compositeTypes } from './composite-types.js';
import { constraints } from './constraints.js';
import { defaultPrivileges } from './default-privileges.js';
import { domains } from './domains.js';
import { enums } from './enums.js';
import { eventTriggers } from './event-triggers.js';
import { extensions } from './extensions.js';
import { functions } from './functions.js';
import { indexes } from './indexes.js';
import { policies } from './policies.js';
import { publications } from './publications.js';
import type { CatalogQuery } from './query.js';
import { rangeTypes } from './range-types.js';
import { roles } from './roles.js';
import { rules } from './rules.js';
import { schemas } from './schemas.js';
import { sequences } from './sequences.js';
import { statistics } from './statistics.js';
import { tables } from './tables.js';
import { triggers } from './triggers.js';
import { views } from './views.js';

/** All that is read, one statement each. A new kind is a new file and a line here. */
export const QUERIES: readonly CatalogQuery[] = [
  schemas,
  extensions,
  roles,
  tables,
  columns,
  constraints,
  indexes,
  views,
  sequences,
  enums,
  domains,
  compositeTypes,
  rangeTypes,
  functions,
  aggregates,
  triggers,
  rules,
  policies,
  statistics,
  eventTriggers,
  publications,
  defaultPrivileges,
];
