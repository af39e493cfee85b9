import { topDifferences } from '../catalog/index.js';
import type { Finding } from '../core/types.js';
import { renamesBetween } from '../generate/renames-between.js';
import { parseSnapshot, type Snapshot } from '../generate/snapshot.js';
import type { RebaseDraft } from './draft.js';
import type { ProofOutcome } from './prove.js';
import { snapshotPath } from './read-fork.js';
import { type BranchFile, type PlacedStatement, statementAbout, statementNear, statementsOf } from './statements.js';
import { type Clash, clashesBetween, type Touch, touchesBetween } from './touches.js';

type Conflict = Extract<ProofOutcome, { readonly same: false }>;

/**
 * Why two branches do not come to the same in both orders: objects that both touch, with the statements; where the schema tells
 * of none, the statement that failed or what differs. Never empty. Pure, but for reads of the trees; needs `loadParser`.
 */
export function explainConflict(
  draft: RebaseDraft,
  conflict: Conflict | undefined,
  shown: (path: string) => string,
): Finding[] {
  const { fork } = draft;
  const { stays, moves } = fork.branches;
  const mineFiles = fork.moving.map(({ entry: { tag }, sql }): BranchFile => ({ tag, path: shown(`${tag}.sql`), sql }));
  const theirFiles = fork.theirs.map(
    ({ tag }): BranchFile => ({ tag, path: shown(`${tag}.sql`), sql: stays.tree.read(`${tag}.sql`) ?? '' }),
  );
  const places = { mine: statementsOf(mineFiles), theirs: statementsOf(theirFiles) };
  const labels = { mine: moves.label, theirs: stays.label };
  const mine = stepsOf(
    fork.base,
    fork.moving.map(({ after, sql }) => ({ after, sql })),
  );
  const theirs = stepsOf(
    fork.base,
    fork.theirs.map(({ tag }) => {
      const text = stays.tree.read(snapshotPath(tag));
      const after = text === undefined ? undefined : parseSnapshot(text, snapshotPath(tag));
      return { after, sql: stays.tree.read(`${tag}.sql`) ?? '' };
    }),
  );
  const clashes = clashesBetween(mine, theirs);
  const consequence = consequenceOf(conflict, labels.theirs);
  if (clashes.length > 0) return clashes.map((clash) => clashFinding(clash, places, labels, consequence));
  if (conflict?.failed) return [failureFinding(conflict.failed, places, labels, consequence)];
  if (conflict) return differenceFindings(conflict, places, labels, consequence);
  return draft.clashes.map(({ tag, path }) => ({
    code: 'rebase-conflict',
    severity: 'error',
    tag,
    at: { file: shown(`${tag}.sql`) },
    message: `\`${tag}\` and ${labels.theirs} both change \`${path}\` of the snapshot, each in another way.`,
    fix: again(tag),
  }));
}

interface Sides<T> {
  readonly mine: T;
  readonly theirs: T;
}

function stepsOf(
  base: Snapshot,
  migrations: readonly { readonly after: Snapshot | undefined; readonly sql: string }[],
): Touch[] {
  let before = base;
  return migrations.flatMap(({ after, sql }) => {
    if (!after) return [];
    const touches = touchesBetween(before, after, renamesBetween(before, after, sql));
    before = after;
    return touches;
  });
}

function consequenceOf(conflict: Conflict | undefined, label: string): string {
  if (conflict?.failed?.side === 'mine')
    return `Behind the migrations of ${label} it fails: ${conflict.failed.error.message}`;
  if (conflict?.failed)
    return `On a database that has yours already, that of ${label} fails: ${conflict.failed.error.message}`;
  return 'Databases would differ by which of the two they got first.';
}

function clashFinding(
  { mine, theirs }: Clash,
  places: Sides<readonly PlacedStatement[]>,
  labels: Sides<string>,
  consequence: string,
): Finding {
  const [a, b] = [placeOf(places.mine, mine), placeOf(places.theirs, theirs)];
  const [one, two] = [a ? `\`${a.tag}\`` : labels.mine, b ? `\`${b.tag}\` of ${labels.theirs}` : labels.theirs];
  return {
    code: 'rebase-conflict',
    severity: 'error',
    ...(a && { tag: a.tag, at: { file: a.path, line: a.line } }),
    message: `${sentence(mine, theirs, one, two)}: ${[a, b].flatMap((place) => (place ? [`${place.path}:${place.line}`] : [])).join(' and ')}.`,
    consequence,
    fix: fixOf(mine, theirs, a?.tag ?? '<tag>', a?.path),
  };
}

function placeOf(statements: readonly PlacedStatement[], { words }: Touch): PlacedStatement | undefined {
  return statementAbout(statements, words) ?? statements[0];
}

function sentence(mine: Touch, theirs: Touch, one: string, two: string): string {
  const { object } = mine;
  if (mine.act === 'renames' && theirs.act === 'renames')
    return mine.to === theirs.to
      ? `${one} and ${two} both rename ${object} to \`${mine.to}\``
      : `${one} renames ${object} to \`${mine.to}\`, and ${two} to \`${theirs.to}\``;
  if (mine.act === theirs.act) return `${one} and ${two} both ${mine.act.slice(0, -1)} ${object}`;
  const strong = (touch: Touch) => touch.act === 'drops' || touch.act === 'renames';
  return strong(mine)
    ? `${one} ${mine.act} ${object}, which ${two} ${theirs.act}`
    : `${two} ${theirs.act} ${object}, which ${one} ${mine.act}`;
}

function fixOf(mine: Touch, theirs: Touch, tag: string, path: string | undefined): string {
  if (mine.act === 'changes' && theirs.act === 'changes' && mine.key.startsWith('enum:'))
    return `Say in ${path ?? 'yours'} and in the schema where your value belongs, behind the last one that both know: \`ADD VALUE … AFTER …\`; the order is then the same either way. Or make yours again on top: \`migrator rebase --drop ${tag}\`, settle the schema, \`migrator generate\`.`;
  if (
    mine.act === theirs.act &&
    (mine.act === 'adds' || mine.act === 'drops' || (mine.to === theirs.to && mine.act === 'renames'))
  )
    return `If both mean the same, leave yours out: \`migrator rebase --drop ${tag}\`. If not, do that too, settle the schema, and run \`migrator generate\`.`;
  return again(tag);
}

function again(tag: string): string {
  return `Decide what is meant, and make yours again on top: \`migrator rebase --drop ${tag}\`, settle the schema, \`migrator generate\`.`;
}

function failureFinding(
  { side, tag, error }: NonNullable<Conflict['failed']>,
  places: Sides<readonly PlacedStatement[]>,
  labels: Sides<string>,
  consequence: string,
): Finding {
  const line = Number(/:(\d+)(?::\d+)?$/.exec(error.where ?? '')?.[1] ?? 1);
  const own = places[side].filter((place) => place.tag === tag);
  const failed = own.findLast((place) => place.line <= line) ?? own[0];
  const near = statementNear(places[side === 'mine' ? 'theirs' : 'mine'], failed?.text ?? '');
  const [a, b] = side === 'mine' ? [failed, near] : [near, failed];
  return statementsFinding(a, b, labels, consequence, side === 'mine' ? tag : undefined);
}

function differenceFindings(
  { differences }: Conflict,
  places: Sides<readonly PlacedStatement[]>,
  labels: Sides<string>,
  consequence: string,
): Finding[] {
  return topDifferences(differences).map(({ kind, name, change }) => {
    const words = name.split('.').filter((part) => part !== 'public');
    const finding = statementsFinding(
      statementAbout(places.mine, words) ?? places.mine[0],
      statementAbout(places.theirs, words) ?? places.theirs[0],
      labels,
      consequence,
      undefined,
    );
    return { ...finding, message: `${finding.message.slice(0, -1)}: ${kind.replace('-', ' ')} ${name} is ${change}.` };
  });
}

function statementsFinding(
  a: PlacedStatement | undefined,
  b: PlacedStatement | undefined,
  labels: Sides<string>,
  consequence: string,
  known: string | undefined,
): Finding {
  const tag = a?.tag ?? known ?? '<tag>';
  const place = (statement: PlacedStatement) => `${statement.path}:${statement.line} (${oneLine(statement.text)})`;
  return {
    code: 'rebase-conflict',
    severity: 'error',
    ...(a && { tag: a.tag, at: { file: a.path, line: a.line } }),
    message: `${a ? place(a) : labels.mine} and ${b ? place(b) : 'the migrations'} of ${labels.theirs} do not come to the same in both orders.`,
    consequence,
    fix: again(tag),
  };
}

function oneLine(sql: string): string {
  const line = sql.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
