import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A history that mixes everything a run may be killed in: transactions, concurrent builds with and without a name, an enum
 * value used at once, a file with its own COMMIT, slow statements. Rows are inserted everywhere, so that a statement that
 * ran twice, or not at all, shows in the data.
 */
export const MIXED_HISTORY: Readonly<Record<string, string>> = {
  '0000_tables': `create table songs (id int primary key, title text not null, plays int not null default 0);
--> statement-breakpoint
create table credits (id serial primary key, what text not null);
--> statement-breakpoint
insert into songs select g, 'song ' || g from generate_series(1, 2000) g;
--> statement-breakpoint
insert into credits (what) values ('0000');`,
  '0001_concurrent_indexes': `create index concurrently songs_title on songs (title);
--> statement-breakpoint
insert into credits (what) values ('0001');
--> statement-breakpoint
create index concurrently on songs (plays, id);
--> statement-breakpoint
create unique index concurrently if not exists songs_title_unique on songs (title, id);`,
  '0002_enum': `create type mood as enum ('calm');
--> statement-breakpoint
insert into credits (what) values ('0002');`,
  '0003_enum_value_used': `alter type mood add value 'loud';
--> statement-breakpoint
alter table songs add column mood mood not null default 'loud';
--> statement-breakpoint
insert into credits (what) values ('0003');`,
  '0004_own_transactions': `insert into credits (what) values ('0004 a');
COMMIT;
create index concurrently credits_what on credits (what);
BEGIN;
insert into credits (what) values ('0004 b');
update songs set plays = plays + 1;`,
  '0005_slow': `select pg_sleep(0.03);
--> statement-breakpoint
update songs set plays = plays + 10 where id <= 100;
--> statement-breakpoint
insert into credits (what) select '0005' from pg_sleep(0.03);`,
  '0006_replace_index': `drop index concurrently songs_title;
--> statement-breakpoint
create index concurrently songs_title on songs (lower(title));
--> statement-breakpoint
insert into credits (what) values ('0006');
--> statement-breakpoint
reindex index concurrently songs_title_unique;
--> statement-breakpoint
vacuum credits;`,
  '0007_last': `create table lyrics (id serial primary key, song_id int not null references songs (id));
--> statement-breakpoint
insert into lyrics (song_id) select id from songs where id % 100 = 0;
--> statement-breakpoint
insert into credits (what) values ('0007');`,
};

/** Writes a folder in drizzle-kit's format, with a config that names no database; gives the project's folder. */
export function writeProject(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'migrator-faults-'));
  mkdirSync(join(root, 'drizzle', 'meta'), { recursive: true });
  const entries = Object.entries(files).map(([tag, sql], idx) => {
    writeFileSync(join(root, 'drizzle', `${tag}.sql`), sql);
    return { idx, version: '7', when: 1_700_000_000_000 + idx * 1000, tag, breakpoints: true };
  });
  writeFileSync(
    join(root, 'drizzle', 'meta', '_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  );
  writeFileSync(join(root, 'drizzle.config.json'), JSON.stringify({ dialect: 'postgresql', out: './drizzle' }));
  return root;
}
