import type { Session } from '../database/session.js';
import { quoteLiteral } from '../sql/quote.js';

export interface SampleColumn {
  readonly name: string;
  /** As `format_type` prints it, of the base type where it is a domain. */
  readonly type: string;
  /** Name of the base type in pg_type, such as `int4`, `_text`, `varchar`. */
  readonly typeName: string;
  /** `b` base, `e` enum, `c` composite, `r` range, `m` multirange. */
  readonly typeKind: string;
  /** Length of `character(n)`, digits before the point of `numeric(p, s)`, in characters; undefined without a limit. */
  readonly limit?: number;
  readonly notNull: boolean;
  /** A default, an identity or a serial: the database fills it in. */
  readonly filledIn: boolean;
  readonly enumValues: readonly string[];
}

export interface SampleKey {
  readonly columns: readonly string[];
  /** Quoted name of the table it points at. */
  readonly table: string;
  readonly targets: readonly string[];
}

export interface SampleCheck {
  readonly name: string;
  readonly columns: readonly string[];
  readonly text: string;
}

export interface SampleTable {
  /** `schema.name`, quoted. */
  readonly table: string;
  /** Those that a row may give a value: generated ones are left out. */
  readonly columns: readonly SampleColumn[];
  readonly keys: readonly SampleKey[];
  readonly checks: readonly SampleCheck[];
}

/** The ordinary and partitioned tables of some schemas, those that others point at first. One round trip. */
export async function readSampleTables(session: Session, schemas: readonly string[]): Promise<readonly SampleTable[]> {
  const [row] = await session.rows<{ tables: string }>(`
    select coalesce(json_agg(json_build_object('table', format('%I.%I', n.nspname, c.relname),
      'columns', (select coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(b.oid, case when t.typtype = 'd' then t.typtypmod else a.atttypmod end),
          'typeName', b.typname, 'typeKind', b.typtype, 'limit', case
            when b.typname in ('varchar', 'bpchar') and a.atttypmod > 4 then a.atttypmod - 4
            when b.typname in ('varchar', 'bpchar') and t.typtypmod > 4 then t.typtypmod - 4
            when b.typname in ('bit', 'varbit') and a.atttypmod > 0 then a.atttypmod
            when b.typname = 'numeric' and a.atttypmod > 4 then ((a.atttypmod - 4) >> 16) - ((a.atttypmod - 4) & 2047) end,
          'notNull', a.attnotnull or t.typnotnull, 'filledIn', a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false),
          'enumValues', (select coalesce(json_agg(e.enumlabel order by e.enumsortorder), '[]') from pg_enum e where e.enumtypid = b.oid)) order by a.attnum), '[]')
        from pg_attribute a join pg_type t on t.oid = a.atttypid join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
          left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''),
      'keys', (select coalesce(json_agg(json_build_object('columns', ${namesOf('k.conrelid', 'k.conkey')}, 'table', (select format('%I.%I', y.nspname, x.relname) from pg_class x join pg_namespace y on y.oid = x.relnamespace where x.oid = k.confrelid),
          'targets', ${namesOf('k.confrelid', 'k.confkey')}) order by k.conname), '[]') from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and k.conparentid = 0),
      'checks', (select coalesce(json_agg(json_build_object('name', k.conname, 'columns', ${namesOf('k.conrelid', 'k.conkey')}, 'text', pg_get_constraintdef(k.oid)) order by k.conname), '[]')
        from pg_constraint k where k.conrelid = c.oid and k.contype = 'c')) order by n.nspname, c.relname), '[]')::text as tables
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any(${quoteLiteral(schemas)})
      and not exists (select from pg_depend x where x.classid = 'pg_class'::regclass and x.objid = c.oid and x.deptype = 'e')`);
  return inOrderOfKeys(JSON.parse(row?.tables ?? '[]') as SampleTable[]);
}

function namesOf(table: string, numbers: string): string {
  return `(select coalesce(json_agg(x.attname order by u.n), '[]') from unnest(${numbers}) with ordinality u (num, n) join pg_attribute x on x.attrelid = ${table} and x.attnum = u.num)`;
}

/** Circles stay in alphabetical order: their rows need a key that may be null. */
function inOrderOfKeys(tables: readonly SampleTable[]): SampleTable[] {
  const byName = new Map(tables.map((table) => [table.table, table]));
  const done = new Set<string>();
  const ordered: SampleTable[] = [];
  const visit = (table: SampleTable) => {
    if (done.has(table.table)) return;
    done.add(table.table);
    for (const key of table.keys) {
      const target = byName.get(key.table);
      if (target) visit(target);
    }
    ordered.push(table);
  };
  tables.forEach(visit);
  return ordered;
}
