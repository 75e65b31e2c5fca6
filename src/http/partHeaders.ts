// What a part of a multipart body says of itself (RFC 7578), as clients write it.

export interface PartHeaders {
  /** Name of the form field. */
  readonly field: string;
  /** As the sender names it; undefined: the part is no file, whatever it says of its type. */
  readonly fileName: string | undefined;
  /** As the sender says; empty where it says nothing. */
  readonly mediaType: string;
}

/** A parameter after a semicolon: a quoted text, one that its quotes do not fit, or a bare word. */
const PARAMETER = /\s*([\w-]+\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|"([^"]*)"|([^;"]*))[^;]*(?:;|$)/y;

/**
 * Clients escape a quote in three ways: browsers and most libraries as `%22` (the HTML standard, which also escapes line
 * breaks and nothing else), older ones with a backslash, and some not at all. A backslash that escapes nothing stays.
 */
const unquoted = (text: string): string =>
  text
    .replace(/\\(["\\])/g, '$1')
    .replace(/%(22|0D|0A)/gi, (_, code: string) => String.fromCharCode(Number(`0x${code}`)));

/** `UTF-8''na%C3%AFve` (RFC 8187); undefined where it is not of that form. */
const extended = (text: string): string | undefined => {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(text)?.[1];
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
};

const parametersOf = (disposition: string): ReadonlyMap<string, string> => {
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = disposition.indexOf(';') + 1 || disposition.length;
  while (PARAMETER.lastIndex < disposition.length) {
    const match = PARAMETER.exec(disposition);
    if (match === null) break;
    const [, name = '', escaped, quoted, word = ''] = match;
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, escaped ?? quoted ?? word.trim());
  }
  return parameters;
};

/**
 * `header`: by names in lower case, each byte one character. Undefined: the part is no field of a form. What it says of
 * its transfer encoding is not looked at (RFC 7578, 4.7): no client encodes, and some say that they do.
 */
export const partHeadersOf = (header: Readonly<Record<string, readonly string[]>>): PartHeaders | undefined => {
  const text = (name: string): string =>
    Buffer.from(header[name]?.[0] ?? '', 'latin1')
      .toString()
      .trim();
  const disposition = text('content-disposition');
  const parameters = parametersOf(disposition);
  const field = parameters.get('name');
  if (!/^form-data\s*(;|$)/i.test(disposition) || field === undefined) return undefined;
  const plainName = parameters.get('filename');
  const fileName =
    extended(parameters.get('filename*') ?? '') ?? (plainName === undefined ? undefined : unquoted(plainName));
  return { field: unquoted(field), fileName, mediaType: text('content-type') };
};
