import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Settings } from './settings.js';

/** Where a token stands in for a browser's word: nothing there goes by the cookie. */
const BY_TOKEN = '/api/provider-answers';

/**
 * A browser says which site a form is on; who says nothing is no browser with a cookie of ours to be misused, and may not
 * post. Asked before Next, which would look for an action at any address.
 */
export function isOwnPost(
  { method = 'GET', url = '/', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  { origin: own }: Pick<Settings, 'origin'>,
): boolean {
  if (['GET', 'HEAD', 'OPTIONS'].includes(method) || url === BY_TOKEN) return true;
  const { origin } = headers;
  if (origin === undefined) return headers['sec-fetch-site'] === 'same-origin';
  if (own !== undefined) return origin === own;
  return URL.canParse(origin) && new URL(origin).host === headers.host;
}

/** What every answer says, files and refusals too. What a page may load is said with its nonce: see src/proxy.ts. */
export function setSafeHeaders(response: ServerResponse, { origin }: Pick<Settings, 'origin'>): void {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('referrer-policy', 'same-origin');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=()');
  if (origin?.startsWith('https:'))
    response.setHeader('strict-transport-security', 'max-age=31536000; includeSubDomains');
}
