import { Command, CommanderError, Option } from 'commander';
import { MigratorError } from '../errors/migrator-error.js';
import { VERSION } from '../version.js';
import type { GlobalOptions, Run } from './command.js';
import type { BaselineFlags } from './commands/baseline.js';
import type { GenerateFlags } from './commands/generate.js';
import type { RestoreFlags } from './commands/restore.js';
import type { SnapshotFlags } from './commands/snapshot.js';
import type { SwitchFlags } from './commands/switch.js';
import type { Io } from './io.js';

export const exitCodesHelp = `\
Exit codes: 0 done · 1 our bug · 2 wrong usage or config · 3 refused by findings · 4 the database said no
            5 not up to date (only with --check) · 130, 143 interrupted`;

/** The command tree. Each command's code is loaded when it runs. `finish` receives the exit code. */
export function buildProgram(io: Io, finish: (exitCode: number) => void): Command {
  const program = new Command('migrator')
    .description('Migrations for Drizzle and PostgreSQL that a production database can trust.')
    .version(VERSION, '-v, --version')
    .configureOutput({ writeOut: io.out, writeErr: () => {} })
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Every command runs in any folder at or below a drizzle.config.ts, and takes --config, --url and --json.
Without a DATABASE_URL (environment, .env.local, .env) it uses the project's own embedded Postgres.

${exitCodesHelp}`,
    );

  const bind =
    <Options>(load: () => Promise<Run<Options>>) =>
    async (options: Options & GlobalOptions) =>
      finish(await (await load())(options, io));

  common(program.command('generate'))
    .description('compare schema and migrations; write up SQL, down SQL, snapshot and journal')
    .argument('[name]', 'what it does, in snake_case: add_song_title')
    .option('--rename <old=new>', 'what was renamed, such as songs.title=songs.name; may be repeated', collect)
    .option('--no-renames', 'nothing else was renamed')
    .option('--plain', 'statements that may block or destroy, as drizzle-kit writes them')
    .option('--custom', 'an empty pair of files, for SQL that the schema does not know')
    .addOption(
      new Option('--phase <phase>', 'contract: it takes away what the release before it uses').choices([
        'expand',
        'contract',
      ]),
    )
    .option('--check', 'write nothing; exit 5 if schema and migrations differ')
    .option('--down-only', 'write the down files that the history lacks')
    .option('--dry-run', 'print the files; write nothing')
    .option('--scratch-url <url>', 'server for scratch databases; a temporary embedded one by default')
    .action(async (name: string | undefined, options: GenerateFlags) =>
      finish(await (await import('./commands/generate.js')).runGenerate({ ...options, name }, io)),
    );

  common(program.command('migrate'))
    .description('apply what is pending')
    .option('--dry-run', 'print the exact SQL and its transactions; change nothing')
    .option('--to <tag>', 'stop after this migration')
    .option('--atomic', 'one transaction around the whole run, as drizzle-kit does')
    .option('--out-of-order', 'apply migrations that are older than the newest applied one')
    .option('--allow-edited', 'go on although applied files, or a backfill on its way, were edited since')
    .addOption(
      new Option(
        '--phase <phase>',
        'expand: stop before what takes away; contract: everything, once nobody uses any more what it takes away',
      ).choices(['expand', 'contract']),
    )
    .option('--wait <duration>', 'with --phase contract: how long to wait for those who still use what goes away')
    .option('--force <tag>', 'run an applied migration again, after showing it and asking')
    .option('--yes', 'do not ask')
    .option('--backup [file]', 'back up first; without a backup nothing is applied')
    .option('--plan-out <file>', 'save what would be done; change nothing')
    .addOption(
      new Option('--plan <file>', 'run exactly a saved plan; refused if the history has moved').conflicts([
        'to',
        'atomic',
        'outOfOrder',
        'allowEdited',
        'force',
        'phase',
      ]),
    )
    .option('--lock-wait <duration>', 'how long to wait for another run', '60s')
    .option('--lock-timeout <duration>', 'how long a statement may queue for a lock', '3s')
    .option('--lock-retries <count>', 'how often a migration is tried again after a lock timeout', '10')
    .option('--backfill-batch <duration>', 'how long a batch of a backfill should take (default: 250ms)')
    .option('--backfill-lag <duration>', 'backfills wait while a standby is further behind (default: 10s)')
    .option('--backfill-transaction <duration>', 'and while a transaction is open for longer (default: 5m)')
    .option('--backfill-pause <duration>', 'after so long a pause they fail, and keep their cursor (default: 30m)')
    .action(bind(async () => (await import('./commands/migrate.js')).runMigrate));

  lockFlags(undoFlags(program.command('rollback')))
    .description('undo the last migration, after showing what data would be lost and asking')
    .action(bind(async () => (await import('./commands/rollback.js')).runRollback));

  lockFlags(undoFlags(program.command('redo')))
    .description('roll back and apply again, under one lock')
    .action(bind(async () => (await import('./commands/rollback.js')).runRedo));

  common(program.command('purge'))
    .description('destroy what recoverable drops have kept, after listing it and asking')
    .option('--older-than <duration>', 'only what was dropped that long ago; 0s for all', '30d')
    .option('--all', 'also what no migration of this project has parked')
    .option('--dry-run', 'list it; change nothing')
    .option('--yes', 'do not ask')
    .option('--lock-wait <duration>', 'how long to wait for another run', '60s')
    .option('--lock-timeout <duration>', 'how long a statement may queue for a lock', '3s')
    .action(bind(async () => (await import('./commands/purge.js')).runPurge));

  common(program.command('status'))
    .description('applied, pending, out of order, edited and unknown migrations; who and when')
    .option('--check', 'exit 5 if not up to date')
    .action(bind(async () => (await import('./commands/status.js')).runStatus));

  common(program.command('doctor'))
    .description('look into what migrations depend on: connection, rights, versions, clocks, files; change nothing')
    .action(bind(async () => (await import('./commands/doctor.js')).runDoctor));

  common(program.command('push'))
    .description('make a development database what the schema means, without a migration; asks before data is lost')
    .option('--dry-run', 'print the SQL, what it locks and what it would lose; change nothing')
    .option('--accept-data-loss', 'do not ask before rows or values are lost')
    .option('--rename <old=new>', 'what was renamed, such as songs.title=songs.name; may be repeated', collect)
    .option('--no-renames', 'nothing else was renamed')
    .option('--include <schema>', 'a schema that schema.ts does not name, to be emptied; may be repeated', collect)
    .option('--on-migrated', 'although migrations are applied to the database')
    .option('--on-production', 'although the database is marked as one of production')
    .option('--lock-timeout <duration>', 'how long a statement may queue for a lock', '3s')
    .option('--lock-retries <count>', 'how often it is tried again after a lock timeout', '3')
    .option('--scratch-url <url>', "server for scratch databases; the database's own, or a temporary embedded one")
    .action(bind(async () => (await import('./commands/push.js')).runPush));

  common(program.command('check'))
    .description(
      'the gate of a pull request: folder, schema, lint, and every migration up, down and up again on scratch',
    )
    .option('--since <revision>', 'look only at migrations that the journal of this git revision does not list')
    .option('--skip-rehearsal', 'run no SQL: only the folder, the schema and the lint')
    .option('--scratch-url <url>', 'server for scratch databases; a temporary embedded one by default')
    .option(
      '--no-cache',
      'run all migrations before the new ones, even if what they make was kept since an earlier check',
    )
    .option('--fix', 'write the safe forms into migrations that nobody has applied, each proven on scratch')
    .option('--rows <count>', 'made-up rows in each table while a migration is rehearsed (default: 2)')
    .addOption(
      new Option(
        '--sample <file>',
        'rows of a database instead: what `pg_dump --data-only` has written, gzip or not',
      ).conflicts(['rows', 'skipRehearsal']),
    )
    .option(
      '--sample-at <tag>',
      'the migration that the dumped database had last (default: as its tracking table says, else the one before the first that is rehearsed)',
    )
    .option('--html <file>', 'write the report as one page: what each statement locks, and for how long')
    .option('--skip-lint', 'do not look at the text of the statements')
    .option('--preset <preset>', 'rules of the lint: recommended, strict, drizzle-kit or off')
    .option('--rule <id=severity>', 'severity of one rule: error, warning, info or off; may be repeated', collect)
    .option('--target-version <version>', 'Postgres that the migrations are for, such as 16 or 16.4 (default: 15)')
    .option('--stats-from <url>', 'a database whose statistics tell how large the tables are; read only')
    .option('--stats-out <file>', 'write those sizes to a file that can be committed')
    .option('--stats <file>', 'read the sizes from such a file')
    .addOption(
      new Option('--format <format>', 'what to print')
        .choices(['text', 'json', 'github', 'sarif', 'markdown'])
        .default('text'),
    )
    .action(bind(async () => (await import('./commands/check.js')).runCheck));

  common(program.command('drift'))
    .description(
      'what the database has that its applied migrations do not make, and the SQL that mends it; changes nothing',
    )
    .option('--check', 'exit 5 if anything has drifted')
    .option('--html <file>', 'write the report as one page')
    .addOption(
      new Option('--sql <direction>', 'print only the statements that mend the database, or adopt what it has').choices(
        ['mend', 'adopt'],
      ),
    )
    .option('--adopt <name>', 'write what the database has as a migration, up and down, proven on scratch')
    .option('--dry-run', 'with --adopt: print the files; write nothing')
    .option('--accept <pattern>', 'accept known drift, by kind:name as the report has it; may be repeated', collect)
    .option('--reason <text>', 'with --accept: why it stays')
    .option('--owners', 'compare who owns what')
    .option('--grants', 'compare who may do what')
    .option('--ignore <pattern>', 'a schema, or kind:name, that is not of this history; may be repeated', collect)
    .option('--scratch-url <url>', 'server for the scratch database; a temporary embedded one by default')
    .action(bind(async () => (await import('./commands/drift.js')).runDrift));

  const fleet = program.command('fleet').description('the same for many databases that have the same migrations');
  fleetFlags(lockFlags(fleet.command('migrate')))
    .description('apply what is pending to each')
    .option('--to <tag>', 'stop after this migration')
    .addOption(new Option('--phase <phase>', 'as `migrate` has it').choices(['expand', 'contract']))
    .option('--wait <duration>', 'with --phase contract: how long to wait for those who still use what goes away')
    .option('--out-of-order', 'apply migrations that are older than the newest applied one')
    .option('--backup <folder>', 'back each up into it first; without a backup nothing is applied there')
    .option('--state <file>', 'keep in it which are done; a later run does not go there again')
    .action(bind(async () => (await import('./commands/fleet.js')).runFleetMigrate));
  fleetFlags(fleet.command('status'))
    .description('how far each is')
    .option('--check', 'exit 5 if one is not up to date')
    .action(bind(async () => (await import('./commands/fleet.js')).runFleetStatus));
  fleetFlags(fleet.command('drift'))
    .description('what each has that its applied migrations do not make')
    .option('--check', 'exit 5 if anything has drifted')
    .option('--scratch-url <url>', 'server for scratch databases; a temporary embedded one by default')
    .action(bind(async () => (await import('./commands/fleet.js')).runFleetDrift));

  common(program.command('rebase'))
    .description("put this branch's migrations on top of another branch's: number, stamp, snapshots and ways back")
    .option('--onto <revision>', 'whose migrations stay; by default told by the merge or rebase in progress')
    .option('--drop <tag>', 'leave a migration out, to generate it again; may be repeated', collect)
    .option('--dry-run', 'show what would be done; change nothing')
    .option('--yes', 'do not ask')
    .option('--scratch-url <url>', 'server for scratch databases; a temporary embedded one by default')
    .action(bind(async () => (await import('./commands/rebase.js')).runRebase));
  common(program.command('repair'))
    .description(
      'mend the migrations folder and the tracking table, by one plan that is shown first; runs no migration',
    )
    .option('--folder', 'only the files; no database is asked')
    .option('--database', 'only the tracking table')
    .option('--dry-run', 'show the plan; change nothing')
    .option('--yes', 'do not ask')
    .option('--accept <tag>', 'an edited file is right as it is: its row gets the new hash; may be repeated', collect)
    .option('--restore <tag>', 'an edited file gets the text back that was applied', collect)
    .option('--mark-applied <tag>', 'the database has it: write its row', collect)
    .option('--mark-unapplied <tag>', 'the database does not have it: delete its row, forget a stopped run', collect)
    .option('--restamp <tag>', 'no other database has it: give it a `when` after all others', collect)
    .option('--drop-entry <tag>', 'take an entry out of the journal; `#3` for one without a tag', collect)
    .option('--adopt <file>', 'give a file an entry although its name has no number', collect)
    .option('--leave <file>', 'give a file no entry', collect)
    .option('--forget <id>', 'delete a row that no migration accounts for', collect)
    .option('--rebuild-snapshot <tag>', 'make the newest snapshot anew, of what the files do', collect)
    .option('--scratch-url <url>', 'server for scratch databases; a temporary embedded one by default')
    .option('--lock-wait <duration>', 'how long to wait for another run', '60s')
    .option('--lock-timeout <duration>', 'how long to wait for the tracking table', '3s')
    .action(bind(async () => (await import('./commands/repair.js')).runRepair));

  common(program.command('baseline'))
    .description('adopt a database that has no tracking rows: prove what it has, mark it as applied; runs no migration')
    .argument(
      '[tag]',
      'the last migration that it has, found by comparing when left out; with --squash: the name of the new file',
    )
    .option('--to <tag>', 'the same; with --squash: the last migration to squash')
    .option('--squash', 'put one file in the place of many, proven to make the same; no database is asked')
    .option('--introspect', 'make a first migration and schema.ts of a database that has no history')
    .option('--with-data', 'with --squash: write the rows that a new database has into the file')
    .option('--without-data', 'with --squash: leave out what the migrations write into tables')
    .option('--accept-differences', 'mark although the database is not what the migrations make')
    .option('--ignore <pattern>', 'a schema, or kind:name, that is not of this history; may be repeated', collect)
    .option('--scratch-url <url>', 'server for scratch databases; a temporary embedded one by default')
    .option('--dry-run', 'show what would be marked; change nothing')
    .option('--yes', 'do not ask')
    .option('--lock-wait <duration>', 'how long to wait for another run', '60s')
    .option('--lock-timeout <duration>', 'how long to wait for the tracking table', '3s')
    .action(async (tag: string | undefined, options: BaselineFlags) =>
      finish(await (await import('./commands/baseline.js')).runBaseline({ ...options, tag }, io)),
    );

  common(program.command('backup'))
    .description('write the database to one file, from one snapshot; needs no Postgres client')
    .option('--out <file>', 'the file to write (default: .migrator/backups/, named by database and time)')
    .option('--verify', 'restore it to a scratch database before it is called good; compare catalog and row counts')
    .option('--scratch-url <url>', 'server for scratch databases; a temporary embedded one by default')
    .option('--keep <count>', 'delete older backups of this database in the folder, but the newest so many')
    .option('--keep-for <duration>', 'delete backups of this database that are older, such as 30d')
    .option('--pg-dump <path>', 'the pg_dump to read the schema with, or `builtin`')
    .option('--lock-timeout <duration>', 'how long to wait for DDL that is running', '60s')
    .option('--list', 'show the backups that there are; make none')
    .option('--check <file>', 'read a backup, restore it to a scratch database and compare; make none')
    .action(bind(async () => (await import('./commands/backup.js')).runBackup));

  common(program.command('restore'))
    .description('restore a backup beside the database, compare, and swap the two; the old one is kept')
    .argument('[file]', 'what `migrator backup` has written')
    .option('--into <database>', 'make a database of this name instead; the configured one is left alone')
    .option('--no-owner', 'all belongs to the role that restores; without grants')
    .option('--terminate', 'end the sessions that are connected to the database')
    .option('--wait <duration>', 'wait so long for them to leave')
    .option('--finish', 'swap in what a restore has left ready because it could not; without a file')
    .option('--accept-differences', 'swap although the restored schema reads otherwise than in the backup')
    .option('--dry-run', 'check the file and say what would be done; change nothing')
    .option('--yes', 'do not ask')
    .action(async (file: string | undefined, options: Omit<RestoreFlags, 'file'>) =>
      finish(await (await import('./commands/restore.js')).runRestore({ ...options, file }, io)),
    );

  common(program.command('upgrade'))
    .description('bring folder and tracking table from drizzle 0.31 to 1.0, after showing what changes and asking')
    .option('--dry-run', 'show it; change nothing')
    .option('--yes', 'do not ask')
    .option('--lock-wait <duration>', 'how long to wait for another run', '60s')
    .option('--lock-timeout <duration>', 'how long to queue for the tracking table', '3s')
    .action(bind(async () => (await import('./commands/upgrade.js')).runUpgrade));

  lockFlags(common(program.command('switch')))
    .description('bring a development database to what is checked out: undo what it does not have, apply what it has')
    .argument('[revision]', 'a branch or commit to bring it to, without checking that out')
    .option('--lossless', 'only if no data would be lost: for a hook')
    .option('--remote', 'the database is on another machine, and nobody else uses it')
    .option('--dry-run', 'print the exact SQL and what would be lost; change nothing')
    .option('--yes', 'do not ask')
    .action(async (revision: string | undefined, options: SwitchFlags) =>
      finish(await (await import('./commands/switch.js')).runSwitch({ ...options, revision }, io)),
    );

  const git = program.command('git').description('let git merge the migrations of two branches');
  common(git.command('install'))
    .description('set up the merge driver of this clone, and say what was changed')
    .option('--command <command>', 'how to start migrator (default: npx --no-install migrator)')
    .action(bind(async () => (await import('./commands/git.js')).runGitInstall));
  common(git.command('merge-driver'))
    .description('merge two journals; git calls it')
    .argument('<base>')
    .argument('<ours>', 'the result is written here')
    .argument('<theirs>')
    .action(async (base: string, ours: string, theirs: string, options: GlobalOptions) =>
      finish((await import('./commands/git.js')).runMergeDriver({ ...options, base, ours, theirs }, io)),
    );

  common(program.command('part'))
    .description("move this project's rows out of a tracking table that it shares with another project")
    .option('--from <schema.table>', 'the shared table', 'drizzle.__drizzle_migrations')
    .option('--dry-run', 'show it; change nothing')
    .option('--yes', 'do not ask')
    .option('--lock-wait <duration>', 'how long to wait for another run', '60s')
    .option('--lock-timeout <duration>', 'how long to queue for the tracking table', '3s')
    .action(bind(async () => (await import('./commands/part.js')).runPart));

  common(program.command('browse'))
    .description('show tables and rows in the browser; read only, works without internet')
    .option('--port <port>', 'where to listen, on this machine only (default: a free one)')
    .option('--open', 'open the browser; other users of this machine may see the address meanwhile')
    .option('--timeout <duration>', 'how long a query may take', '10s')
    .option('--rows <count>', 'how many rows a query without LIMIT gives', '1000')
    .action(bind(async () => (await import('./commands/browse.js')).runBrowse));

  common(program.command('studio'))
    .description('Drizzle Studio on the database, behind a guard that lets only its own page in')
    .option('--port <port>', 'where the guard listens, on this machine only', '4983')
    .option('--open', 'open the browser')
    .option(
      '--origin <origin>',
      'another page that may use it, such as https://studio.example.com; may be repeated',
      collect,
    )
    .action(bind(async () => (await import('./commands/studio.js')).runStudio));

  common(program.command('diagram'))
    .description('the schema as an entity-relationship picture, or what has changed in it: SVG and Mermaid')
    .option('--out <folder>', 'write schema.svg and schema.mmd there, instead of printing one')
    .option('--check', 'with --out: write nothing; exit 5 if the files are not what the schema is now')
    .addOption(
      new Option('--from <source>', 'where the schema is read (default: the newest snapshot)').choices([
        'snapshot',
        'schema',
        'replay',
        'database',
      ]),
    )
    .option('--since <revision>', 'what has been added, removed and changed since this git revision')
    .option('--all', 'with --since: also what has not changed')
    .addOption(
      new Option('--format <format>', 'what to print without --out').choices(['mermaid', 'svg']).default('mermaid'),
    )
    .option('--title <title>', 'title of the picture (default: the name of the folder of the config)')
    .option('--scratch-url <url>', 'server for the replay; a temporary embedded one by default')
    .action(bind(async () => (await import('./commands/diagram.js')).runDiagram));

  const db = program.command('db').description("the project's own embedded Postgres, for development");
  common(db.command('up'))
    .description('start it')
    .action(bind(async () => (await import('./commands/db.js')).runDbUp));
  common(db.command('down'))
    .description('stop it; the data stays')
    .action(bind(async () => (await import('./commands/db.js')).runDbDown));
  common(db.command('reset'))
    .description('delete its data and start empty')
    .option('--yes', 'do not ask')
    .action(bind(async () => (await import('./commands/db.js')).runDbReset));
  common(db.command('url'))
    .description('print its URL, password included')
    .action(bind(async () => (await import('./commands/db.js')).runDbUrl));
  common(db.command('psql'))
    .description('open psql on it (needs psql)')
    .argument('[args...]', 'passed to psql; write them after --')
    .action(async (args: string[], options: GlobalOptions) =>
      finish(await (await import('./commands/db.js')).runDbPsql({ ...options, args }, io)),
    );

  const snapshot = db.command('snapshot').description('copies of the embedded database, made and brought back at once');
  const named = (name: string, description: string, load: () => Promise<Run<SnapshotFlags>>) =>
    common(snapshot.command(name))
      .description(description)
      .argument('<name>', 'letters, digits, `-`, `_` and `.`')
      .option('--terminate', 'end the sessions that are connected to the database')
      .option('--yes', 'do not ask')
      .action(async (given: string, options: Omit<SnapshotFlags, 'name'>) =>
        finish(await (await load())({ ...options, name: given }, io)),
      );
  named('save', 'keep the database as it is now', async () => (await import('./commands/snapshot.js')).runSnapshotSave);
  named(
    'restore',
    'bring it back; what is there now becomes the snapshot `before-restore`',
    async () => (await import('./commands/snapshot.js')).runSnapshotRestore,
  );
  named('drop', 'delete a snapshot', async () => (await import('./commands/snapshot.js')).runSnapshotDrop);
  common(snapshot.command('list'))
    .description('the snapshots that there are')
    .action(bind(async () => (await import('./commands/snapshot.js')).runSnapshotList));

  return program;
}

function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

function undoFlags(command: Command): Command {
  return common(command)
    .option('--steps <count>', 'how many migrations, newest first (default: 1)')
    .addOption(new Option('--to <tag>', 'the last migration that stays applied').conflicts('steps'))
    .option('--use-files', 'take the down files as they are, also where they have changed since')
    .option('--dry-run', 'print the exact SQL and what would be lost; change nothing')
    .option('--yes', 'do not ask');
}

function fleetFlags(command: Command): Command {
  return common(command)
    .option('--databases <file>', 'a URL, or name=URL, a line; `-` for standard input')
    .option('--query <sql>', 'rows of name and URL, or of URL, asked of the configured database')
    .option('--command <command>', 'prints such lines')
    .option('--concurrency <count>', 'how many at once', '4')
    .option('--canary <count|name>', 'how many go first, or which one: if one fails, no other begins')
    .option('--max-failures <count>', 'after so many failures no other begins (default: 1)')
    .addOption(new Option('--keep-going', 'go to all of them, however many fail').conflicts('maxFailures'));
}

function lockFlags(command: Command): Command {
  return command
    .option('--lock-wait <duration>', 'how long to wait for another run', '60s')
    .option('--lock-timeout <duration>', 'how long a statement may queue for a lock', '3s')
    .option('--lock-retries <count>', 'how often a migration is tried again after a lock timeout', '10');
}

function common(command: Command): Command {
  return command
    .exitOverride()
    .option('--config <file>', 'the drizzle config to use')
    .addOption(
      new Option('--url <url>', 'the database to use; better set DATABASE_URL, a command line is visible to others'),
    )
    .option('--json', 'print one JSON document')
    .allowExcessArguments(command.name() === 'psql');
}

/** What commander throws: help and version are answers, the rest is wrong usage. */
export function usageError(error: CommanderError): MigratorError | undefined {
  if (error.exitCode === 0) return undefined;
  if (error.code === 'commander.help') {
    return new MigratorError('wrong-usage', {
      message: 'No command was given.',
      fix: '`migrator --help` lists all commands.',
    });
  }
  return new MigratorError('wrong-usage', {
    message: error.message.replace(/^error: /, '').replace(/\n/g, ' '),
    fix: '`migrator --help`, or `migrator <command> --help`, shows what there is.',
  });
}

export { CommanderError };
