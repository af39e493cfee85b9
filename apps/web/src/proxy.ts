import { randomBytes } from 'node:crypto';
import { type NextRequest, NextResponse } from 'next/server';

/** Where a token stands in for a browser's word: nothing there goes by the cookie. */
const BY_TOKEN = '/api/';

/** Before every page: refuses posts of other sites, and says what a page may load. */
export function proxy(request: NextRequest): NextResponse {
  if (!isOwnPost(request)) return new NextResponse('This form was not sent by our site.\n', { status: 403 });
  const nonce = randomBytes(16).toString('base64');
  const headers = new Headers(request.headers);
  const policy = policyOf(nonce);
  // Next puts the nonce of this header on its scripts.
  headers.set('content-security-policy', policy);
  headers.set('x-nonce', nonce);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  response.headers.set('x-content-type-options', 'nosniff');
  response.headers.set('x-frame-options', 'DENY');
  response.headers.set('referrer-policy', 'same-origin');
  response.headers.set('cross-origin-opener-policy', 'same-origin');
  response.headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=()');
  if (process.env.WEB_ORIGIN?.startsWith('https:'))
    response.headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains');
  return response;
}

export const config = { matcher: '/((?!_next/static|favicon.svg).*)' };

/** A browser says which site a form is on; who says nothing is no browser with a cookie of ours to be misused, and may not post. */
function isOwnPost({ method, headers, nextUrl }: NextRequest): boolean {
  if (['GET', 'HEAD', 'OPTIONS'].includes(method) || nextUrl.pathname.startsWith(BY_TOKEN)) return true;
  const origin = headers.get('origin');
  if (origin !== null) return URL.canParse(origin) && new URL(origin).host === hostOf(headers);
  return headers.get('sec-fetch-site') === 'same-origin';
}

function hostOf(headers: Headers): string | null {
  const own = process.env.WEB_ORIGIN;
  return own ? new URL(own).host : headers.get('host');
}

function policyOf(nonce: string): string {
  const isDev = process.env.NODE_ENV === 'development';
  return [
    `default-src 'self'`,
    // React's development build makes functions of texts.
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDev ? ` 'unsafe-eval'` : ''}`,
    `style-src 'self' ${isDev ? `'unsafe-inline'` : `'nonce-${nonce}'`}`,
    `img-src 'self' data: https:`,
    `media-src 'self' https:`,
    `connect-src 'self'${isDev ? ' ws:' : ''}`,
    `object-src 'none'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}
