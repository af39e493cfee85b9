import ipaddr from 'ipaddr.js';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Settings } from './settings.js';

/** Whether a network address may do it once more in this hour; counted by each process. */
export interface Limits {
  readonly signUp: (address: string) => Promise<boolean>;
  readonly requestSong: (address: string) => Promise<boolean>;
}

const HOUR = 3600;

export function createLimits({ signUpsPerHour, requestsPerHour }: Settings): Limits {
  const atMost = (points: number) => {
    const limiter = new RateLimiterMemory({ points, duration: HOUR });
    // It rejects with how long to wait.
    return (address: string) =>
      limiter.consume(address).then(
        () => true,
        () => false,
      );
  };
  return { signUp: atMost(signUpsPerHour), requestSong: atMost(requestsPerHour) };
}

/** Bits of an IPv6 address that its owner does not choose. */
const NETWORK_BITS = 64;

/** What is counted as one: an IPv4 address, or the network of an IPv6 address, within which anybody has them all. */
export function limitedAddress(text: string): string {
  if (!ipaddr.isValid(text)) return text.slice(0, 100);
  const address = ipaddr.process(text);
  if (address.kind() === 'ipv4') return address.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${address.toNormalizedString()}/${NETWORK_BITS}`);
  return `${network.toString()}/${NETWORK_BITS}`;
}
