// What a part of a multipart body says of itself (RFC 7578), as clients write it.

import { parse } from 'content-disposition';

export interface PartHeaders {
  /** Name of the form field. */
  readonly field: string;
  /** As the sender names it; undefined: the part is no file, whatever it says of its type. */
  readonly fileName: string | undefined;
  /** As the sender says; empty where it says nothing. */
  readonly mediaType: string;
}

/**
 * The headers of a part: names in lower case, each byte one character. Undefined: the part is no field of a form. The
 * parser ignores a transfer encoding (RFC 7578, 4.7): no client encodes, and some say that they do.
 */
export const partHeadersOf = (header: Readonly<Record<string, readonly string[]>>): PartHeaders | undefined => {
  const text = (name: string): string =>
    Buffer.from(header[name]?.[0] ?? '', 'latin1')
      .toString()
      .trim();
  // Browsers escape a quote as `%22` (the HTML standard), older clients with a backslash.
  const { type, parameters } = parse(text('content-disposition').replaceAll('\\"', '%22'), { multipart: true });
  if (type !== 'form-data' || parameters.name === undefined) return undefined;
  return { field: parameters.name, fileName: parameters.filename, mediaType: text('content-type') };
};
