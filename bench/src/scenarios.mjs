/** What is migrated while the application runs: the form drizzle-kit generates, and the safe form, one text a migration. */
export const SCENARIOS = [
  {
    id: 'a',
    title: 'btree index',
    plain: ['CREATE INDEX "songs_title_idx" ON "songs" USING btree ("title");'],
    safe: ['CREATE INDEX CONCURRENTLY "songs_title_idx" ON "songs" USING btree ("title");'],
  },
  {
    id: 'a2',
    title: 'GIN index on jsonb',
    plain: ['CREATE INDEX "songs_facts_idx" ON "songs" USING gin ("facts");'],
    safe: ['CREATE INDEX CONCURRENTLY "songs_facts_idx" ON "songs" USING gin ("facts");'],
  },
  {
    id: 'b',
    title: 'NOT NULL column, volatile default',
    plain: ['ALTER TABLE "songs" ADD COLUMN "token" uuid DEFAULT gen_random_uuid() NOT NULL;'],
    safe: [
      `ALTER TABLE "songs" ADD COLUMN "token" uuid;
--> statement-breakpoint
ALTER TABLE "songs" ALTER COLUMN "token" SET DEFAULT gen_random_uuid();`,
      `-- migrator: no-transaction
DO $$
DECLARE
  at bigint := 0;
  last bigint := (SELECT max(id) FROM songs);
BEGIN
  WHILE at < last LOOP
    UPDATE songs SET token = gen_random_uuid() WHERE id > at AND id <= at + 500 AND token IS NULL;
    COMMIT;
    PERFORM pg_sleep(0.01);
    at := at + 500;
  END LOOP;
END $$;
--> statement-breakpoint
SET vacuum_cost_delay = 2;
--> statement-breakpoint
VACUUM "songs";
--> statement-breakpoint
RESET vacuum_cost_delay;`,
      'ALTER TABLE "songs" ADD CONSTRAINT "songs_token_not_null" CHECK ("token" IS NOT NULL) NOT VALID;',
      'ALTER TABLE "songs" VALIDATE CONSTRAINT "songs_token_not_null";',
      `ALTER TABLE "songs" ALTER COLUMN "token" SET NOT NULL;
--> statement-breakpoint
ALTER TABLE "songs" DROP CONSTRAINT "songs_token_not_null";`,
    ],
  },
  {
    id: 'c',
    title: 'foreign key',
    plain: [
      'ALTER TABLE "songs" ADD CONSTRAINT "songs_artist_fk" FOREIGN KEY ("artist_id") REFERENCES "public"."artists"("id");',
    ],
    safe: [
      'ALTER TABLE "songs" ADD CONSTRAINT "songs_artist_fk" FOREIGN KEY ("artist_id") REFERENCES "public"."artists"("id") NOT VALID;',
      'ALTER TABLE "songs" VALIDATE CONSTRAINT "songs_artist_fk";',
    ],
  },
  {
    id: 'd',
    title: 'nullable column, 10 s idle transaction',
    idleTransactionMs: 10_000,
    plain: ['ALTER TABLE "songs" ADD COLUMN "note" text;'],
    safe: ['ALTER TABLE "songs" ADD COLUMN "note" text;'],
  },
];
