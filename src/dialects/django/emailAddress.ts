// What Django takes for an e-mail address.

import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

const ATOM = "[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+";
const USER = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`);
// biome-ignore lint/suspicious/noControlCharactersInRegex: quoted local parts may hold them, as RFC 5322 has it
const QUOTED_USER = /^"(?:[\x01-\x08\x0b\x0c\x0e-\x1f!#-[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*"$/;
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const LAST_LABEL = /^[A-Za-z0-9-]{1,62}[A-Za-z0-9]$/;
const MAX = 320;

const isDomain = (domain: string): boolean => {
  if (domain.startsWith('[') && domain.endsWith(']')) return isIP(domain.slice(1, -1)) !== 0;
  const labels = domain.split('.');
  const last = labels.pop()!;
  return labels.length > 0 && LAST_LABEL.test(last) && labels.every((label) => LABEL.test(label));
};

export const isEmailAddress = (text: string): boolean => {
  const at = text.lastIndexOf('@');
  if (at < 1 || text.length > MAX) return false;
  const user = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (!USER.test(user) && !QUOTED_USER.test(user)) return false;
  return domain === 'localhost' || isDomain(domain) || isDomain(domainToASCII(domain));
};
