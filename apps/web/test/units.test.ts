import { expect, test } from 'vitest';
import { activeLine } from '../src/lib/active-line';
import { byteRange } from '../src/lib/byte-range';
import { formatDuration } from '../src/lib/duration';
import { hashPassword, verifyPassword } from '../src/lib/password';
import { isProvider } from '../src/lib/provider-answers';
import { wavBytes, wavSlice } from '../src/lib/synthesiser';
import { isOwnPost } from '../src/server/guard';
import { limitedAddress } from '../src/server/limits';
import { readSettings } from '../src/server/settings';

test('the line that is sung', () => {
  const lines = [{ start: 1000 }, { start: 2000 }, { start: 2000 }, { start: 5000 }];
  expect([0, 999, 1000, 1999, 2000, 4999, 5000, 1e9].map((ms) => activeLine(lines, ms))).toEqual([
    -1, -1, 0, 0, 2, 2, 3, 3,
  ]);
  expect(activeLine([], 5)).toBe(-1);
});

test('ranges of bytes', () => {
  expect(byteRange('bytes=0-99', 1000)).toEqual({ from: 0, to: 100 });
  expect(byteRange('bytes=900-', 1000)).toEqual({ from: 900, to: 1000 });
  expect(byteRange('bytes=-100', 1000)).toEqual({ from: 900, to: 1000 });
  expect(byteRange('bytes=-9999', 1000)).toEqual({ from: 0, to: 1000 });
  expect(byteRange('bytes=10-99999', 1000)).toEqual({ from: 10, to: 1000 });
  for (const none of ['bytes=1000-', 'bytes=5-1', 'bytes=-', 'bytes=a-b', 'bytes=0-1,5-6', 'lines=1-2', 'bytes=-0'])
    expect([none, byteRange(none, 1000)]).toEqual([none, undefined]);
});

test('a tune can be made from anywhere, and is heard only where it is sung', () => {
  const tune = { lines: [{ start: 500, end: 1500, text: 'la la la' }], durationSeconds: 2, seed: 3 };
  const whole = wavSlice(tune, 0, wavBytes(tune));
  expect(whole.length).toBe(44 + 2 * 11_025 * 2);
  expect(whole.toString('latin1', 0, 4) + whole.toString('latin1', 8, 12)).toBe('RIFFWAVE');
  expect(whole.readUInt32LE(40)).toBe(whole.length - 44);
  for (const [from, to] of [
    [0, 10],
    [40, 50],
    [45, 46],
    [20_001, 30_000],
    [44_000, whole.length],
  ] as const)
    expect(wavSlice(tune, from, to).equals(whole.subarray(from, to))).toBe(true);
  const loudest = (from: number, to: number) => {
    let most = 0;
    for (let at = 44 + Math.floor(from * 11_025) * 2; at < 44 + Math.floor(to * 11_025) * 2; at += 2)
      most = Math.max(most, Math.abs(whole.readInt16LE(at)));
    return most;
  };
  expect(loudest(0.6, 1.4)).toBeGreaterThan(2 * loudest(1.6, 1.9));
});

test('a password is known by its hash, and by nothing else', async () => {
  const hash = await hashPassword('Äpfel am Abend');
  expect(hash).toMatch(/^scrypt\$32768\$8\$3\$/);
  expect(await hashPassword('Äpfel am Abend')).not.toBe(hash);
  // The same letters, written with combining marks.
  expect(await verifyPassword('Äpfel am Abend'.normalize('NFD'), hash)).toBe(true);
  expect(await verifyPassword('Apfel am Abend', hash)).toBe(false);
  for (const none of [undefined, '', '!', 'scrypt$1$1$1$$']) expect(await verifyPassword('', none)).toBe(false);
});

test('the provider is known by a token that is set', () => {
  expect(isProvider('Bearer secret', 'secret')).toBe(true);
  expect(isProvider('Bearer secre', 'secret')).toBe(false);
  expect(isProvider('secret', 'secret')).toBe(false);
  expect(isProvider(null, 'secret')).toBe(false);
  expect(isProvider('Bearer ', '')).toBe(false);
  expect(isProvider('Bearer undefined', undefined)).toBe(false);
});

test('durations', () => {
  expect([0, 59.6, 61, 187].map(formatDuration)).toEqual(['0:00', '1:00', '1:01', '3:07']);
});

test('a form is taken from our own site only', () => {
  const post = (headers: Record<string, string>, url = '/sign-in') => ({ method: 'POST', url, headers });
  const open = { origin: undefined };
  const fixed = { origin: 'https://melodia.example' };
  const host = 'melodia.example';
  expect(isOwnPost(post({ host, origin: 'http://melodia.example' }), open)).toBe(true);
  expect(isOwnPost(post({ host, 'sec-fetch-site': 'same-origin' }), open)).toBe(true);
  expect(isOwnPost(post({ host: 'inside:3000', origin: 'https://melodia.example' }), fixed)).toBe(true);
  expect(isOwnPost(post({ host, origin: 'http://melodia.example' }), fixed)).toBe(false);
  for (const headers of [{}, { origin: 'null' }, { origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-site' }])
    for (const settings of [open, fixed]) expect(isOwnPost(post({ host, ...headers }), settings)).toBe(false);
  expect(isOwnPost(post({ host }, '/api/provider-answers'), fixed)).toBe(true);
  for (const url of [
    '/api/provider-answers/',
    '/api/provider-answers?x',
    '//api/provider-answers',
    '/API/provider-answers',
  ])
    expect([url, isOwnPost(post({ host }, url), fixed)]).toEqual([url, false]);
  expect(isOwnPost({ ...post({ host }), method: 'GET' }, fixed)).toBe(true);
});

test('settings: what is wrong is named', () => {
  expect(readSettings({ WEB_ORIGIN: 'https://melodia.example/' })).toMatchObject({
    ...{ origin: 'https://melodia.example', port: 3000, connections: 10, trustsProxy: false },
  });
  expect(() => readSettings({ WEB_ORIGIN: 'melodia.example' })).toThrow(
    'WEB_ORIGIN has to be an address such as https://melodia.example, and is `melodia.example`.',
  );
  expect(() => readSettings({ PORT: '80.5' })).toThrow('PORT has to be a whole number from 0 on, and is `80.5`.');
});

test('what is limited together: an IPv4 address, however it is written, or a network of IPv6', () => {
  const addresses = ['10.0.0.1', '::ffff:10.0.0.1', '2001:db8:1:2:3:4:5:6', '2001:0DB8:1:2::', 'fe80::1%eth0', '::1'];
  expect(addresses.map(limitedAddress)).toEqual([
    ...['10.0.0.1', '10.0.0.1', '2001:db8:1:2::/64', '2001:db8:1:2::/64', 'fe80::/64', '::/64'],
  ]);
  expect(limitedAddress('unknown')).toBe('unknown');
  expect(limitedAddress('x'.repeat(5000))).toHaveLength(100);
});
