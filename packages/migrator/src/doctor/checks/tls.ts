import type { TlsMode } from '../../database/target.js';
import { probeTls, type TlsOffer } from '../../database/tls-probe.js';
import { exitCodes } from '../../errors/catalog.js';
import { type Check, type CheckOutcome, fail, ok, warn } from '../types.js';

const DAY = 24 * 60 * 60 * 1000;
/** Days that a certificate should still be valid. */
const SOON = 30;

export const tls: Check = {
  id: 'tls',
  title: 'TLS',
  needs: 'nothing',
  async run({ target, now }) {
    if (!target) return ok('Not in use.');
    const host = target.hosts[0]?.host ?? '';
    return judgeTls(await probeTls(target), { host, mode: target.ssl, now: now() });
  },
};

/** What to say of the way to a host. `now`: milliseconds since 1970. Pure. */
export function judgeTls(
  offer: TlsOffer,
  { host, mode, now }: { readonly host: string; readonly mode: TlsMode; readonly now: number },
): CheckOutcome {
  if (offer.kind === 'socket-folder') return ok('Not needed: the connection is a unix socket of this machine.');
  const isHere = /^(?:localhost|127\.[\d.]+|::1)$/.test(host);
  if (offer.kind === 'none') {
    return isHere
      ? ok('The server offers none; the connection does not leave this machine.')
      : warn(
          'The server offers none: password and rows can be read on the way.',
          'Turn it on in the server (`ssl = on`, with a certificate), then add `?sslmode=verify-full` to the database URL.',
        );
  }
  const { protocol, subject, issuer, validFrom, validTo, untrusted, misnamed } = offer;
  const until = new Date(validTo).toISOString().slice(0, 10);
  const details = [`certificate of ${subject}, by ${issuer}, valid until ${until}`];
  const verifies = typeof mode === 'object';
  if (mode === false) {
    return isHere
      ? ok('Not used; the connection does not leave this machine.', details)
      : warn(
          'The server offers it, and the URL does not ask for it: password and rows can be read on the way.',
          'Add `?sslmode=verify-full` to the database URL, with `sslrootcert` if the authority is not a public one.',
          details,
        );
  }
  if (validTo < now || validFrom > now) {
    const message =
      validTo < now
        ? `The certificate of the server has expired on ${until}.`
        : `The certificate of the server is valid from ${new Date(validFrom).toISOString().slice(0, 10)} on only.`;
    const fix = 'Install a new one in the server, and `select pg_reload_conf()`.';
    return verifies ? fail(message, fix, exitCodes.database, details) : warn(message, fix, details);
  }
  if (verifies && untrusted !== undefined) {
    return fail(
      `The certificate of the server cannot be traced to an authority that is known here (${untrusted}).`,
      `Get the certificate of the authority (${issuer}), and name it with \`sslrootcert\`.`,
      exitCodes.database,
      details,
    );
  }
  if (verifies && mode.verifyHost && misnamed !== undefined) {
    return fail(
      `The certificate of the server is not one for \`${host}\`: ${misnamed}`,
      'Give the host by a name that the certificate has, or use `?sslmode=verify-ca`, which does not compare names.',
      exitCodes.database,
      details,
    );
  }
  if (validTo - now < SOON * DAY) {
    return warn(
      `The certificate of the server expires in ${Math.ceil((validTo - now) / DAY)} days, on ${until}.`,
      'Renew it in the server, and `select pg_reload_conf()`.',
      details,
    );
  }
  if (!verifies) {
    const better = misnamed === undefined ? 'verify-full' : 'verify-ca';
    return warn(
      `${protocol}, but \`sslmode=${mode}\` does not ask who answers: a machine in between could read and change everything.`,
      untrusted === undefined
        ? `Use \`?sslmode=${better}\`: the certificate is of an authority that is known here.`
        : `Get the certificate of the authority (${issuer}), and use \`?sslmode=${better}&sslrootcert=/path/ca.pem\`.`,
      details,
    );
  }
  return mode.verifyHost
    ? ok(`${protocol}, with \`sslmode=verify-full\`.`, details)
    : warn(
        `${protocol}, with \`sslmode=verify-ca\`: any server of the same authority could answer.`,
        'Use `?sslmode=verify-full`.',
        details,
      );
}
