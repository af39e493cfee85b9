import { type Database, eq, providerAnswersTable, songsTable, sql } from '@melodia/db';
import { timestampLyricsApiResponseSchema, validate } from '@melodia/db/validation';
import { timedLines, UnusableWordsError } from '../lyrics/timed-lines.js';

/** What became of an answer. `nothing`: it is gone, or somebody was faster. */
export type ProcessedAnswer = 'processed' | 'dead' | 'nothing';

/**
 * Turns an answer of the provider into timed lines of its song, once: the lines and the answer's new state are one
 * transaction, and only an answer that is still `received` is taken. One that cannot be used is `dead` afterwards, with
 * the reason. Throws what Postgres says; then nothing was changed.
 */
export async function processLyrics(
  db: Database,
  { answerId }: { readonly answerId: number },
): Promise<ProcessedAnswer> {
  return db.transaction(async (tx) => {
    const [answer] = await tx
      .select()
      .from(providerAnswersTable)
      .where(eq(providerAnswersTable.id, answerId))
      .for('update');
    if (answer?.status !== 'received') return 'nothing';
    const made = linesOf(answer.payload);
    const end = { attempts: answer.attempts + 1, processed_at: sql`now()` };
    const here = eq(providerAnswersTable.id, answerId);
    if ('reason' in made) {
      await tx
        .update(providerAnswersTable)
        .set({ ...end, status: 'dead', reason: made.reason })
        .where(here);
      return 'dead';
    }
    const under = (value: unknown) =>
      sql`jsonb_build_object(${answer.variant_key}::text, ${JSON.stringify(value)}::jsonb)`;
    await tx
      .update(songsTable)
      .set({
        variant_timestamp_lyrics_api_response: sql`${songsTable.variant_timestamp_lyrics_api_response} || ${under(made.answer)}`,
        variant_timestamp_lyrics_processed: sql`${songsTable.variant_timestamp_lyrics_processed} || ${under(made.lines)}`,
      })
      .where(eq(songsTable.id, answer.song_id));
    await tx
      .update(providerAnswersTable)
      .set({ ...end, status: 'processed' })
      .where(here);
    return 'processed';
  });
}

/** Notes that an answer was given up after its last attempt. One that is not `received` any more stays as it is. */
export async function giveUpLyrics(db: Database, { answerId }: { readonly answerId: number }, reason: string) {
  await db
    .update(providerAnswersTable)
    .set({ status: 'dead', reason, processed_at: sql`now()` })
    .where(sql`${providerAnswersTable.id} = ${answerId} and ${providerAnswersTable.status} = 'received'`);
}

function linesOf(payload: unknown) {
  const checked = validate(timestampLyricsApiResponseSchema, payload);
  if (!checked.ok) {
    const [[path = '', problem = ''] = []] = Object.entries(checked.problems);
    return { reason: `The answer is not what a provider sends: ${path || 'the whole'}: ${problem}` };
  }
  try {
    return { answer: checked.value, lines: timedLines(checked.value.alignedWords) };
  } catch (error) {
    if (error instanceof UnusableWordsError) return { reason: error.message };
    throw error;
  }
}
