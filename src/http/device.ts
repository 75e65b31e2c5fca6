// What signs in, in a few words for the owner of the account. It proves nothing: clients say what they like.

/** The first that is in the header counts: Edge and Opera call themselves Chrome too, and everything calls itself Mozilla. */
const PROGRAMS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrome\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

const nameIn = (table: typeof PROGRAMS, userAgent: string): string | undefined =>
  table.find(([pattern]) => pattern.test(userAgent))?.[1];

/** `Firefox on Linux`; of another program its first word, such as `curl/8.5.0`. Undefined: the client says nothing. */
export const deviceOf = (userAgent: string | undefined): string | undefined => {
  const said = userAgent?.slice(0, 1000) ?? '';
  const [program, system] = [nameIn(PROGRAMS, said), nameIn(SYSTEMS, said)];
  if (program !== undefined) return system === undefined ? program : `${program} on ${system}`;
  return /^[\w.+/-]{1,60}/.exec(said)?.[0];
};
