// E-mail addresses: which are taken, and which are the same.

import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** What the name of a host holds in any language, beside hyphens (RFC 5892). */
const LETTER = '[\\p{L}\\p{M}\\p{N}\\p{So}\\u00b7\\u0375\\u05f3\\u05f4\\u200c\\u200d\\u30fb]';
const LABEL = `${LETTER}(?:(?:${LETTER}|-){0,61}${LETTER})?`;
const TOP = `${LETTER}(?:${LETTER}|-){0,61}${LETTER}`;
const ATOM = "[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+";
/** Without control characters, which no mail server takes. */
const QUOTED = '"(?:[ !#-\\x5b\\x5d-~]|\\\\[ -~])*"';
const HOST = `(?:${LABEL}\\.)+${TOP}|localhost|\\[[\\da-f:.]+\\]`;

/** What Django takes for an address, in shape. */
export const EMAIL = new RegExp(`^(?:${ATOM}(?:\\.${ATOM})*|${QUOTED})@(?:${HOST})$`, 'iu');

const hostOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

export const isEmail = (text: string): boolean => {
  if (!EMAIL.test(text)) return false;
  const host = hostOf(text);
  return host.startsWith('[') ? isIP(host.slice(1, -1)) !== 0 : domainToASCII(host) !== '';
};

/** `fold`: for the part that mail servers keep as it is written. `bücher.example` is `xn--bcher-kva.example`. */
export const canonicalEmail = (typed: string, fold: (text: string) => string): string => {
  const address = typed.normalize('NFKC').trim();
  const whole = isEmail(address) ? address : fold(address);
  if (!isEmail(whole)) return whole;
  const host = hostOf(whole);
  return fold(whole.slice(0, -host.length)) + (domainToASCII(host) || host.toLowerCase());
};
