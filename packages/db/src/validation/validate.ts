import * as v from 'valibot';

/** What is wrong, by the path of the field: `{ 'answer.alignedWords.0.startS': 'Invalid type: …' }`; `''` for the whole. */
export type Problems = Readonly<Record<string, string>>;

export type Validated<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: Problems };

const MOST_PROBLEMS = 50;

/** Checks a value from outside. Never throws; the first problem of each field, 50 at most. */
export function validate<S extends v.GenericSchema>(schema: S, value: unknown): Validated<v.InferOutput<S>> {
  const result = v.safeParse(schema, value);
  if (result.success) return { ok: true, value: result.output };
  const problems: Record<string, string> = {};
  for (const issue of result.issues) {
    const path = v.getDotPath(issue) ?? '';
    if (Object.keys(problems).length < MOST_PROBLEMS) problems[path] ??= issue.message;
  }
  return { ok: false, problems };
}
