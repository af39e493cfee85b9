import type { Enabled } from '../types.js';
import { type CatalogRow, defineQuery, firing, hasOwn, isUsers, makeObject } from './query.js';

interface EventTriggerRow extends CatalogRow {
  readonly name: string;
  readonly event: string;
  readonly function: string;
  readonly tags: readonly string[] | null;
  readonly enabled: Enabled;
}

export const eventTriggers = defineQuery<EventTriggerRow>({
  catalog: 'pg_event_trigger',
  isThere: () => hasOwn('pg_event_trigger'),
  sql: () =>
    `select t.oid, t.evtname as name, t.evtevent as event, t.evtfoid::regprocedure::text as function,
       t.evttags as tags, t.evtenabled as enabled
     from pg_event_trigger t where ${isUsers('pg_event_trigger', 't.oid')}`,
  read: ({ name, event, function: called, tags, enabled }) =>
    makeObject(
      'event-trigger',
      [name],
      {
        text: `on ${event}${tags ? ` when tag in (${[...tags].sort().join(', ')})` : ''} execute ${called}${firing(enabled)}`,
      },
      { event, function: called, tags: tags ?? [], enabled },
    ),
});
