import { createHash, timingSafeEqual } from 'node:crypto';
import { and, type Database, eq, isNull, providerAnswersTable, songsTable, sql } from '@melodia/db';
import { enqueueJob } from '@melodia/db/jobs';
import type { ProviderAnswerInput } from '@melodia/db/validation';

export type Received =
  | { readonly outcome: 'received' | 'repeated'; readonly id: number; readonly status: string }
  | { readonly outcome: 'other-body' | 'no-song' };

/**
 * Keeps an answer of the provider, and enqueues the work on it, in one transaction. The same key with the same body is the
 * same answer; with another body nothing is done.
 */
export async function receiveAnswer(
  db: Database,
  { song_id, variant_key, answer }: ProviderAnswerInput,
  idempotencyKey: string,
): Promise<Received> {
  return db.transaction(async (tx) => {
    const [song] = await tx
      .select({ id: songsTable.id })
      .from(songsTable)
      .where(and(eq(songsTable.id, song_id), isNull(songsTable.deleted_at)));
    if (!song) return { outcome: 'no-song' };
    const [made] = await tx
      .insert(providerAnswersTable)
      .values({ song_id, variant_key, idempotency_key: idempotencyKey, payload: answer })
      .onConflictDoNothing({ target: providerAnswersTable.idempotency_key })
      .returning({ id: providerAnswersTable.id, status: providerAnswersTable.status });
    if (made) {
      await enqueueJob(tx, 'process-lyrics', { answerId: made.id });
      return { outcome: 'received', ...made };
    }
    const [known] = await tx
      .select({ id: providerAnswersTable.id, status: providerAnswersTable.status })
      .from(providerAnswersTable)
      .where(
        and(
          eq(providerAnswersTable.idempotency_key, idempotencyKey),
          eq(providerAnswersTable.song_id, song_id),
          eq(providerAnswersTable.variant_key, variant_key),
          eq(providerAnswersTable.payload, sql`${JSON.stringify(answer)}::jsonb`),
        ),
      );
    return known ? { outcome: 'repeated', ...known } : { outcome: 'other-body' };
  });
}

/** Whether a request's `Authorization` is the provider's token. Nobody is where none is set. */
export function isProvider(authorization: string | null, token = process.env.PROVIDER_TOKEN): boolean {
  if (!token) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`));
}
