import { createHash, randomBytes } from 'node:crypto';
import {
  and,
  count,
  type Database,
  eq,
  gt,
  sessionsTable,
  signInAttemptsTable,
  sql,
  type User,
  userPreferencesTable,
  usersTable,
} from '@melodia/db';
import type { PreferencesInput, SignInInput, SignUpInput } from '@melodia/db/validation';
import { hashPassword, verifyPassword } from './password';

/** Days that somebody stays signed in. */
export const SESSION_DAYS = 30;

/** Failed attempts within the window, after which nobody gets in by this account, or from this address. */
const MOST_BY_EMAIL = 10;
const MOST_BY_ADDRESS = 30;
const WINDOW_MINUTES = 15;

export interface SignedIn {
  readonly sessionId: number;
  readonly csrf: string;
  readonly user: Pick<User, 'id' | 'email' | 'name' | 'role'>;
  readonly preferences: PreferencesInput;
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');

/** A new session with a new token, which only the cookie will have. */
export async function openSession(db: Database, userId: number): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await db.insert(sessionsTable).values({
    user_id: userId,
    token_hash: hashOf(token),
    csrf_token: randomBytes(24).toString('base64url'),
    expires_at: new Date(Date.now() + SESSION_DAYS * 86_400_000),
  });
  return token;
}

export async function findSession(db: Database, token: string | undefined): Promise<SignedIn | undefined> {
  if (!token || token.length > 100) return undefined;
  const [row] = await db
    .select({
      sessionId: sessionsTable.id,
      csrf: sessionsTable.csrf_token,
      user: { id: usersTable.id, email: usersTable.email, name: usersTable.name, role: usersTable.role },
      theme: userPreferencesTable.theme,
      notifications: userPreferencesTable.notifications,
    })
    .from(sessionsTable)
    .innerJoin(usersTable, eq(usersTable.id, sessionsTable.user_id))
    .leftJoin(userPreferencesTable, eq(userPreferencesTable.user_id, usersTable.id))
    .where(and(eq(sessionsTable.token_hash, hashOf(token)), gt(sessionsTable.expires_at, sql`now()`)));
  if (!row) return undefined;
  const { theme, notifications, ...rest } = row;
  return { ...rest, preferences: { theme: theme ?? 'system', notifications: notifications ?? true } };
}

export async function closeSession(db: Database, token: string | undefined): Promise<void> {
  if (token) await db.delete(sessionsTable).where(eq(sessionsTable.token_hash, hashOf(token)));
}

/** A new account, signed in; `undefined` where the address has one already. */
export async function signUp(db: Database, { email, password, name }: SignUpInput): Promise<string | undefined> {
  const [user] = await db
    .insert(usersTable)
    .values({ email, name: name ?? null, password_hash: await hashPassword(password), last_login: new Date() })
    .onConflictDoNothing()
    .returning({ id: usersTable.id });
  return user && openSession(db, user.id);
}

export type SignInResult = { readonly token: string } | { readonly refused: 'wrong' | 'limited' };

/** Signs in by address and password. Guessing is limited for an account and for a network address. */
export async function signIn(db: Database, { email, password }: SignInInput, address: string): Promise<SignInResult> {
  const attempt = await noteAttempt(db, email, address);
  if (attempt === undefined) return { refused: 'limited' };
  const [user] = await db
    .select({ id: usersTable.id, hash: usersTable.password_hash })
    .from(usersTable)
    .where(eq(usersTable.email, email));
  if (!(await verifyPassword(password, user?.hash)) || !user) return { refused: 'wrong' };
  await db.update(signInAttemptsTable).set({ succeeded: true }).where(eq(signInAttemptsTable.id, attempt));
  await db.update(usersTable).set({ last_login: new Date() }).where(eq(usersTable.id, user.id));
  return { token: await openSession(db, user.id) };
}

/** Counts as failed until it has succeeded, so that many at once are no way around the limit. */
async function noteAttempt(db: Database, email: string, address: string): Promise<number | undefined> {
  return db.transaction(async (tx) => {
    // Addresses before accounts, always: nobody waits in a circle.
    for (const counted of [`address ${address}`, `account ${email}`])
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`sign-in ${counted}`}, 0))`);
    const failed = and(
      eq(signInAttemptsTable.succeeded, false),
      gt(signInAttemptsTable.attempted_at, sql`now() - make_interval(mins => ${WINDOW_MINUTES})`),
    );
    const countOf = async (own: ReturnType<typeof eq>) =>
      (await tx.select({ n: count() }).from(signInAttemptsTable).where(and(own, failed)))[0]?.n ?? 0;
    if ((await countOf(eq(signInAttemptsTable.email, email))) >= MOST_BY_EMAIL) return undefined;
    if ((await countOf(eq(signInAttemptsTable.address, address))) >= MOST_BY_ADDRESS) return undefined;
    const [row] = await tx
      .insert(signInAttemptsTable)
      .values({ email, address, succeeded: false })
      .returning({ id: signInAttemptsTable.id });
    return row?.id;
  });
}

export async function savePreferences(db: Database, userId: number, preferences: PreferencesInput): Promise<void> {
  await db
    .insert(userPreferencesTable)
    .values({ user_id: userId, ...preferences })
    .onConflictDoUpdate({ target: userPreferencesTable.user_id, set: { ...preferences, updated_at: new Date() } });
}
