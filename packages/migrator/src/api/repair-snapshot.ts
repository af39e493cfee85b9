import type { Finding } from '../core/types.js';
import type { GenerateProject } from '../generate/generate.js';
import { loadSchema } from '../generate/load-schema.js';
import { type Candidate, rebuildSnapshot } from '../generate/rebuild-snapshot.js';
import { ORIGIN_ID, parseSnapshot } from '../generate/snapshot.js';
import type { FolderRepair } from '../repair/plan-folder.js';
import type { FolderFacts } from '../repair/types.js';
import { type ScratchOptions, withScratch } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';

/**
 * The newest snapshot is the one that `generate` builds upon. Where it is gone, or cannot be read, it is made anew of what the files
 * do on scratch, and proven there. Where that does not work, the finding that it is missing says why.
 */
export async function withNewestSnapshot(
  folder: FolderRepair,
  facts: FolderFacts,
  project: GenerateProject,
  options: ScratchOptions & { readonly wanted: readonly string[] },
): Promise<FolderRepair> {
  const last = folder.migrations.at(-1);
  const prefix = last?.tag.split('_')[0] ?? '';
  const head = folder.heads.find((entry) => entry.prefix === prefix);
  const isAsked = last !== undefined && options.wanted.includes(last.tag);
  // drizzle-kit's own upgrade makes a chain of the old kind anew.
  if (!last || (head?.id !== undefined && !isAsked) || facts.journal?.version !== '7') return folder;
  const history = folder.migrations.flatMap(({ tag, path, file }) => (file ? [{ tag, path, sql: file.sql }] : []));
  if (history.length < folder.migrations.length) return folder;
  await loadParser();
  const before = folder.heads.filter((entry) => entry.id !== undefined && entry !== head).at(-1);
  const prevId = before?.id ?? ORIGIN_ID;
  const candidates = await candidatesOf(before?.file, facts, project, prevId);
  const rebuilt = await withScratch(options, (scratch) =>
    rebuildSnapshot(scratch, history, { candidates, prevId, root: project.root }),
  );
  const path = `meta/${prefix}_snapshot.json`;
  const isAboutIt = ({ code, at }: Finding) =>
    ['snapshot-missing', 'snapshot-malformed'].includes(code) && at?.file === facts.shown(path);
  if ('failure' in rebuilt) {
    const findings = folder.findings.map((finding) =>
      isAboutIt(finding)
        ? { ...finding, fix: `Restore it from version control. It could not be made anew: ${rebuilt.failure}.` }
        : finding,
    );
    return { ...folder, findings };
  }
  const step = {
    code: head ? 'snapshot-malformed' : 'snapshot-missing',
    part: 'folder',
    tag: last.tag,
    what: `Makes ${path} anew, of ${rebuilt.from}; on scratch it means what the files make.`,
  } as const;
  return {
    ...folder,
    steps: [...folder.steps, step],
    edits: [
      ...folder.edits.filter((edit) => edit.path !== path),
      { path, text: rebuilt.text, reason: `the snapshot of ${last.tag}` },
    ],
    findings: folder.findings.filter((finding) => !isAboutIt(finding)),
  };
}

async function candidatesOf(
  before: string | undefined,
  facts: FolderFacts,
  project: GenerateProject,
  prevId: string,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  const attempt = async (name: string, read: () => Promise<Candidate['snapshot']>) => {
    // Only a guess: what cannot be read is none.
    const snapshot = await read().catch(() => undefined);
    if (snapshot) candidates.push({ name, snapshot });
  };
  if (before !== undefined)
    await attempt('the snapshot before it', async () => parseSnapshot(facts.snapshotText(before), before));
  if (project.generate.schema.length > 0)
    await attempt('the schema files', () => loadSchema(project.generate, project.root, prevId));
  return candidates;
}
