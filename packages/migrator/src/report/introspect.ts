import type { IntrospectPlan } from '../api/introspect.js';
import { describeObjects } from '../baseline/describe.js';
import { describeEdits } from '../folder/edits.js';
import type { Colors } from './terminal.js';

/** What `migrator baseline --introspect` would write, before anybody is asked. */
export function renderIntrospect(plan: IntrospectPlan, color: Colors): string {
  const { tag, schemaEdits, edits, overwrites, notInSchema, uncovered } = plan;
  const lines = [
    `Proven on scratch: ${color.bold(tag)} makes what the database is, and its way back leads to an empty one.`,
    ...describeEdits([...schemaEdits, ...edits], (path) => path).map((line) => `  ${line}`),
    ...overwrites.map((path) => `${color.yellow('!')} ${path} is there already, and is overwritten.`),
  ];
  if (notInSchema.length > 0)
    lines.push(
      '',
      'In the migration, but not, or not so, in schema.ts:',
      ...describeObjects(notInSchema).map((line) => `  ${line}`),
    );
  if (uncovered.length > 0)
    lines.push('', 'Not even in the migration:', ...uncovered.map((line) => `  ${color.yellow('!')} ${line}`));
  return `${lines.join('\n')}\n`;
}

export function renderIntrospectOutcome({ tag }: IntrospectPlan, done: boolean): string {
  return done ? `Written, and ${tag} is marked as applied. Commit the files.\n` : 'Nothing was changed.\n';
}

export function introspectJson(
  plan: IntrospectPlan,
  about: { readonly done: boolean; readonly dryRun: boolean },
): unknown {
  const { schemaEdits, edits, ...rest } = plan;
  return { command: 'baseline --introspect', ok: true, ...about, ...rest, schemaFiles: schemaEdits, files: edits };
}
