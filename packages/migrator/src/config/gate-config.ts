import { type GateSettings, HEARTBEAT_COLUMNS, HEARTBEAT_FRESH_MS, type HeartbeatSettings } from '../gate/settings.js';
import { fieldsOf, msOf } from './fields.js';

const FIELDS = ['ignore', 'heartbeat'];
const HEARTBEAT_FIELDS = ['table', 'columns', 'fresh'];

/** `gate: { ignore, heartbeat: { table, columns, fresh } }`; puts what is wrong into `faults`. */
export function gateConfig(given: unknown, faults: string[]): GateSettings {
  const fields = fieldsOf(given, 'migrator.gate', FIELDS, faults);
  const ignore = [fields.ignore ?? []].flat();
  const patterns = ignore.filter((pattern): pattern is string => typeof pattern === 'string' && isPattern(pattern));
  if (patterns.length < ignore.length)
    faults.push("`migrator.gate.ignore` must be a list of patterns, such as `'grafana*'` or `'user:monitoring'`.");
  return {
    ignore: patterns,
    ...(fields.heartbeat !== undefined && { heartbeat: heartbeatConfig(fields.heartbeat, faults) }),
  };
}

/** One that names everybody would hold the gate open for ever. */
function isPattern(pattern: string): boolean {
  return /[^*\s]/.test(pattern.replace(/^(?:user|host):/, ''));
}

function heartbeatConfig(given: unknown, faults: string[]): HeartbeatSettings {
  const { table, columns, fresh } = fieldsOf(given, 'migrator.gate.heartbeat', HEARTBEAT_FIELDS, faults);
  const isName = typeof table === 'string' && /^[^.]+(?:\.[^.]+)?$/.test(table);
  if (!isName)
    faults.push(
      "`migrator.gate.heartbeat.table` must name a table, such as `'app_instances'` or `'ops.app_instances'`.",
    );
  const [first = '', second] = isName ? table.split('.') : [];
  const named = fieldsOf(columns, 'migrator.gate.heartbeat.columns', Object.keys(HEARTBEAT_COLUMNS), faults);
  for (const [name, column] of Object.entries(named)) {
    if (typeof column !== 'string' || column === '')
      faults.push(`\`migrator.gate.heartbeat.columns.${name}\` must be the name of a column.`);
  }
  const freshMs = fresh === undefined ? HEARTBEAT_FRESH_MS : msOf(fresh);
  if (!(freshMs > 0))
    faults.push(
      "`migrator.gate.heartbeat.fresh` must be a duration longer than the time between two beats, such as `'1m'`.",
    );
  return {
    schema: second === undefined ? 'public' : first,
    table: second ?? first,
    columns: { ...HEARTBEAT_COLUMNS, ...(named as Partial<typeof HEARTBEAT_COLUMNS>) },
    freshMs,
  };
}
