// What the headers of a multipart body and of its parts say (RFC 7578), as clients write them.

import type { IncomingMessage } from 'node:http';
import { parse } from 'content-disposition';
import { HttpFailure } from '../api/failures.ts';

export interface PartHeaders {
  /** Name of the form field. */
  readonly field: string;
  /** As the sender names it; undefined: the part is no file, whatever it says of its type. */
  readonly fileName: string | undefined;
  /** As the sender says; empty where it says nothing. */
  readonly mediaType: string;
}

/** @throws HttpFailure `malformed-body` */
export const boundaryOf = ({ headers }: IncomingMessage): string => {
  const match = /;\s*boundary=(?:"([^"]{1,200})"|([^\s";]{1,200}))/i.exec(headers['content-type'] ?? '');
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw new HttpFailure('malformed-body');
  return boundary;
};

/**
 * The headers of a part: names in lower case, each byte one character. Undefined: the part is no field of a form. The
 * parser ignores a transfer encoding (RFC 7578, 4.7): no client encodes, and some say that they do.
 */
export const partHeadersOf = (header: Readonly<Record<string, readonly string[]>>): PartHeaders | undefined => {
  const bytesOf = (name: string): Buffer => Buffer.from(header[name]?.[0] ?? '', 'latin1');
  const text = (name: string): string => bytesOf(name).toString().trim();
  // Browsers escape a quote as `%22` (the HTML standard), older clients with a backslash.
  const { type, parameters } = parse(text('content-disposition').replaceAll('\\"', '%22'), { multipart: true });
  if (type !== 'form-data' || parameters.name === undefined) return undefined;
  return { field: parameters.name, fileName: parameters.filename, mediaType: text('content-type') };
};
