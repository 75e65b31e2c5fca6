// The address of the client behind a request: that of the connection, or what a trusted proxy says of it.

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import parseForwarded from 'forwarded-parse';

type Asking = Pick<IncomingMessage, 'socket' | 'headers'>;
export type AddressOf = (request: Asking) => string;

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** IPv4 in the form of IPv6 is IPv4. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** The address and the bits of a network such as `10.0.0.0/8`; of an address, all bits. Undefined: it is neither. */
const networkIn = (text: string): readonly [address: string, bits: number] | undefined => {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const most = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && Number(bits ?? most) <= most ? [address, Number(bits ?? most)] : undefined;
};

export const areNetworks = (texts: readonly string[]): boolean => texts.every((text) => networkIn(text) !== undefined);

/** Without a port and without the brackets of IPv6. Undefined: no address, as a proxy may hide it. */
const addressIn = (node: string): string | undefined => {
  const text = node.trim();
  const [, bracketed, dotted = text] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  const address = bracketed ?? dotted;
  return isIP(address) === 0 ? undefined : plain(address);
};

const wordsOf = (header: string | readonly string[] | undefined): string => [header ?? ''].flat().join(',');

/** The nodes that `Forwarded` (RFC 7239) names, the nearest last; empty if the header is malformed. */
const forwardedFor = (header: string): readonly string[] => {
  try {
    return parseForwarded(header).map(({ for: node = '' }) => node);
  } catch {
    return [];
  }
};

/**
 * The rightmost address that is not a proxy of ours. A proxy sets one of the two headers and passes on the other as the
 * client sent it, so if both are there, they count only if they agree: else the client gets the address of the proxy.
 */
export const createAddressOf = (trusted: readonly string[]): AddressOf => {
  const networks = new BlockList();
  for (const text of trusted) {
    const [address = '', bits = 0] = networkIn(text) ?? [];
    networks.addSubnet(address, bits, familyOf(address));
  }
  const isTrusted = (address: string): boolean =>
    trusted.length > 0 && isIP(address) !== 0 && networks.check(address, familyOf(address));

  const behind = (proxy: string, nodes: readonly string[]): string => {
    let nearest = proxy;
    for (const node of nodes.toReversed()) {
      const address = addressIn(node);
      if (address === undefined) return nearest;
      nearest = address;
      if (!isTrusted(address)) return nearest;
    }
    return nearest;
  };

  return ({ socket, headers }) => {
    const address = plain(socket.remoteAddress ?? '');
    if (!isTrusted(address)) return address;
    const [said, listed] = [wordsOf(headers.forwarded), wordsOf(headers['x-forwarded-for'])];
    const byForwarded = said === '' ? undefined : behind(address, forwardedFor(said));
    const byList = listed === '' ? undefined : behind(address, listed.split(','));
    if (byForwarded !== undefined && byList !== undefined && byForwarded !== byList) return address;
    return byForwarded ?? byList ?? address;
  };
};
