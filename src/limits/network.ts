/** Whose limits an address shares: its own; of IPv6 its first 64 bits, since each customer of a provider has so many. */
export const networkOf = (address: string): string => {
  const mapped = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!mapped.includes(':')) return mapped;
  const groupsIn = (text: string) =>
    text
      .split(':')
      .filter((group) => group !== '')
      .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''));
  const [head = [], tail = []] = address.replace(/%.*/, '').split('::').map(groupsIn);
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
};
