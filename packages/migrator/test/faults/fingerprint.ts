import postgres from 'postgres';

/**
 * Everything a user could tell two databases apart by: schema as Postgres prints it, validity of indexes, rows of all
 * tables, tracking rows in order. Our own log is left out: it tells of the failures.
 */
export async function fingerprint(url: string): Promise<string[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, prepare: false });
  try {
    const lines = await sql.unsafe<{ line: string }[]>(`
      select format('column %s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) as line
        from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p') and a.attnum > 0 and not a.attisdropped
      union all select format('index %s valid %s', pg_get_indexdef(indexrelid), indisvalid)
        from pg_index join pg_class c on c.oid = indrelid where c.relnamespace = 'public'::regnamespace
      union all select format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid)) from pg_constraint where connamespace = 'public'::regnamespace
      union all select format('enum %s %s %s', enumtypid::regtype, enumsortorder, enumlabel) from pg_enum
      order by 1`);
    const tables = await sql.unsafe<{ name: string }[]>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
    );
    const rows: string[] = [];
    for (const { name } of tables) {
      // Sequences leave gaps after a rollback, so a serial id is not part of what must be equal.
      const [sum] = await sql.unsafe<{ n: string; digest: string }[]>(
        `select count(*) as n, md5(string_agg(line, '|' order by line)) as digest from (select (to_jsonb(t) - (case when '${name}' in ('credits', 'lyrics') then 'id' else '' end))::text as line from "${name}" t) lines`,
      );
      rows.push(`rows of ${name}: ${sum?.n} ${sum?.digest}`);
    }
    const tracking = await sql.unsafe<{ line: string }[]>(
      `select hash || ' ' || created_at as line from drizzle.__drizzle_migrations order by id`,
    );
    return [...lines.map(({ line }) => line), ...rows, ...tracking.map(({ line }) => `applied ${line}`)];
  } finally {
    await sql.end();
  }
}

/** Runs administrative SQL on the server of `url`. */
export async function admin(url: string, text: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, prepare: false });
  try {
    await sql.unsafe(text);
  } finally {
    await sql.end();
  }
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
