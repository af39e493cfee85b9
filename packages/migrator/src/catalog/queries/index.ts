import { aggregates } from './aggregates.js';
import { casts } from './casts.js';
import { collations } from './collations.js';
import { columns } from './columns.js';
import { compositeTypes } from './composite-types.js';
import { constraints } from './constraints.js';
import { defaultPrivileges } from './default-privileges.js';
import { domains } from './domains.js';
import { enums } from './enums.js';
import { eventTriggers } from './event-triggers.js';
import { extensions } from './extensions.js';
import { foreignServers } from './foreign-servers.js';
import { functions } from './functions.js';
import { indexes } from './indexes.js';
import { operators } from './operators.js';
import { others } from './others.js';
import { policies } from './policies.js';
import { publications } from './publications.js';
import { type CatalogQuery, together } from './query.js';
import { rangeTypes } from './range-types.js';
import { roles } from './roles.js';
import { rules } from './rules.js';
import { schemas } from './schemas.js';
import { sequences } from './sequences.js';
import { statistics } from './statistics.js';
import { tables } from './tables.js';
import { textSearchConfigurations, textSearchDictionaries } from './text-search.js';
import { triggers } from './triggers.js';
import { views } from './views.js';

/** All that is read, one statement each line. A new kind is a new file and a line here. */
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
  together([collations, casts, operators, textSearchDictionaries, textSearchConfigurations, foreignServers, others]),
];
