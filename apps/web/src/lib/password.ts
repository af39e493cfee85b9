import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** Cost, block size and parallelism of scrypt: 32 MiB and some 60 ms, as OWASP's Password Storage Cheat Sheet names them. */
const N = 32_768;
const R = 8;
const P = 3;
const BYTES = 32;
/** Node's own limit is below what these need. */
const MEMORY = 128 * N * R * 2;

/** `scrypt$N$r$p$salt$hash`, the last two in base64: it says by itself how it was made. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, BYTES, { N, r: R, p: P, maxmem: MEMORY });
  return ['scrypt', N, R, P, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** False for a hash that is none. Takes as long for nobody's password as for somebody's. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [kind, n, r, p, salt = '', hash = ''] = (stored ?? '').split('$');
  const expected = Buffer.from(hash, 'base64');
  if (kind !== 'scrypt' || expected.length < 16) {
    await derive(password, randomBytes(16), BYTES, { N, r: R, p: P, maxmem: MEMORY });
    return false;
  }
  const options = { N: Number(n), r: Number(r), p: Number(p), maxmem: MEMORY };
  const derived = await derive(password, Buffer.from(salt, 'base64'), expected.length, options);
  return timingSafeEqual(derived, expected);
}

function derive(password: string, salt: Buffer, length: number, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // One way of writing each letter: `é` may be one code point or two.
    scrypt(password.normalize('NFKC'), salt, length, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
