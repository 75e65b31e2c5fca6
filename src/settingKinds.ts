// How the text of a setting is read: numbers, sizes, switches, addresses, origins. Each error says what must be there, with an example.

import { isIP } from 'node:net';
import { z } from 'zod';

/** `parse`: undefined if the text is wrong, or a text that says what is. The value itself is never shown: it may be secret. */
export const kind = <Value>(must: string, parse: (text: string) => Value | undefined) =>
  z.string().transform((text, context): Value => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `must be ${must}` });
    return z.NEVER;
  });

const within = (value: number, least: number, most: number): number | undefined =>
  value >= least && value <= most ? value : undefined;

/** A whole number. */
export const whole = (least: number, most: number, example: number) =>
  kind(`a whole number from ${least} to ${most}, such as ${example}`, (text) =>
    /^\d{1,15}$/.test(text) ? within(Number(text), least, most) : undefined,
  );

/** A number above 0 that may have a fraction. `unit`: what it counts. */
export const amount = (unit: string, most: number, example: number) =>
  kind(`a number of ${unit} above 0, ${most} at most, such as ${example}`, (text) =>
    /^\d{1,15}(?:\.\d{1,30})?$/.test(text) ? within(Number(text), Number.MIN_VALUE, most) : undefined,
  );

const UNITS = ['', 'k', 'm', 'g', 't'];

/** Bytes. As most people mean them, `25MB`, `25 MiB` and `25m` are the same: 25 times 1024 times 1024. */
export const size = (least: 0 | 1, example: string) =>
  kind(`a size${least === 0 ? ', or 0' : ''}, such as ${example}, or a number of bytes`, (text) => {
    const [, number, unit = ''] = /^(\d{1,15}(?:\.\d{1,9})?) ?(?:([kmgt])i?b?|b|bytes)?$/i.exec(text) ?? [];
    if (number === undefined) return undefined;
    return within(
      Math.round(Number(number) * 1024 ** UNITS.indexOf(unit.toLowerCase())),
      least,
      Number.MAX_SAFE_INTEGER,
    );
  });

const listed = (words: readonly string[]): string => `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

/** One of these words, in capitals or not. */
export const word = <const Word extends string>(...words: readonly Word[]) =>
  kind(listed(words), (text) => words.find((each) => each === text.toLowerCase()));

const YES = ['true', 'on', 'yes', '1'];
const NO = ['false', 'off', 'no', '0'];

/** A switch. Out: `yes` or `no`, so that a setting that was read can be read again. */
export const either = <const Yes extends string, const No extends string>(yes: Yes, no: No) =>
  kind(`${yes} or ${no}`, (text): Yes | No | undefined => {
    const given = text.toLowerCase();
    if (YES.includes(given)) return yes;
    return NO.includes(given) ? no : undefined;
  });

/** Whether a text has the address of a server in it. */
export const hasAddress = (text: string): boolean => text.includes('://');

/** A path. An address in its place would become the name of a folder, with the password in it. */
export const folder = kind('a folder and no address, such as /srv/verbatim', (text) =>
  hasAddress(text) ? undefined : text,
);

/** Items between commas. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** Items between commas, each one of these words. */
export const words = <const Word extends string>(...known: readonly Word[]) =>
  kind(`a list of ${listed(known)}, separated by commas`, (text) => {
    const found = text
      .split(',')
      .map((item) => known.find((each) => each === item.trim().toLowerCase()))
      .filter((each) => each !== undefined);
    return found.length === text.split(',').length ? found : undefined;
  });

/**
 * What stands between the scheme and the path: perhaps a user and a password, then hosts, each perhaps with a port. A sign that
 * parts an address must be encoded in a password: else clients take a part of the password for a host, and messages name it.
 */
const AUTHORITY = (() => {
  const host = String.raw`(?:[^\s:@,[\]]+|\[[\da-f:.]+\])(?::\d{1,5})?`;
  return new RegExp(String.raw`^(?:[^\s:@]+(?::[^\s:@]*)?@)?${host}(?:,${host})*$`, 'i');
})();

const canDecode = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/** The address of a server. `beginning`: its scheme. */
export const serverUrl = (what: string, beginning: RegExp, example: string) =>
  kind(
    `the address of ${what}, such as ${example}; in a user and a password : / ? # @ % are written as %3A and so on`,
    (text) => {
      const authority = text.replace(beginning, '').split(/[/?#]/, 1)[0]!;
      return beginning.test(text) && AUTHORITY.test(authority) && canDecode(authority) ? text : undefined;
    },
  );

/** Where clients reach this server. Out: as browsers write it, without a slash at the end. */
export const publicUrl = kind('an address with http or https, such as https://chat.example.org', (text) => {
  const url = URL.parse(text);
  const isPlain =
    url !== null && /^https?:$/.test(url.protocol) && !/[?#]/.test(text) && url.username + url.password === '';
  return isPlain ? `${url.origin}${url.pathname.replace(/(?<!\/)\/+$/, '')}` : undefined;
});

/** An origin as browsers write it: without capitals, path, or the port that every such address has. Undefined: it is none. */
const originOf = (text: string): string | undefined => {
  if (text === '*') return text;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null || url.host === '' || url.host.includes('*')) return undefined;
  if (/[?#@]/.test(text) || !/^\/?$/.test(url.pathname)) return undefined;
  // The pages of apps have origins with schemes of their own, which `origin` does not tell.
  return url.origin === 'null' ? `${url.protocol}//${url.host.toLowerCase()}` : url.origin;
};

/** Origins of web pages, between commas. */
export const origins = kind(
  'origins separated by commas, each a scheme, a host and perhaps a port, without a path, such as https://app.example.org; or *',
  (text) => {
    const items = text.split(',').filter((item) => item.trim() !== '');
    const found = items.map((item) => originOf(item.trim())).filter((origin) => origin !== undefined);
    return found.length === items.length ? [...new Set(found)] : undefined;
  },
);

/** An IP address or `localhost`, which brackets may enclose. Undefined: other programs mean something else by such a text. */
const addressIn = (text: string): string | undefined => {
  const address = text.trim().replace(/^\[(.*)\]$/, '$1');
  return isIP(address) !== 0 || address.toLowerCase() === 'localhost' ? address : undefined;
};

/** Where to listen. */
export const host = kind('an IP address or localhost, such as 127.0.0.1, or 0.0.0.0 for all', addressIn);

/** Is this the word of another program, not a wrong address? Only addresses are made of figures, dots and colons alone. */
export const isForeignHost = (text: string): boolean => addressIn(text) === undefined && !/^[\d.:[\]\s]*$/.test(text);
