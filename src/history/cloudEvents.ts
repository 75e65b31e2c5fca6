// Events as lines of CloudEvents 1.0 (JSON), for other programs. Each line holds the event as it was recorded, so that its
// hash can be computed again, and a link: a hash over the line and the link before it. Whoever changes, drops, adds or moves
// a line breaks the links from there on.

import { hash } from 'node:crypto';
import type { Recorded } from '../store/ports.ts';

/** Before the first line. */
export const NO_LINK = '';

const LINK = ',"link":"';
const HASH_CHARS = 43;
/** Characters of a link and all around it, at the end of a line. */
const TAIL = LINK.length + HASH_CHARS + '"}'.length;
const SEQUENCE_DIGITS = 16;

/** What people get instead of the private part alone: `redacted` says that secrets are missing from the data, so its hash differs. */
export interface Exported extends Recorded {
  readonly redacted?: true;
}

/** The place of a line in its export: `sequence` counts from 1, `before` is the link of the line before. */
export interface LinePlace {
  readonly logId: string;
  readonly sequence: number;
  readonly before: string;
}

const linkOf = (before: string, open: string): string => hash('sha256', before + open, 'base64url');

/** `encode` of the codec writes version and time first. */
const timeIn = (meta: string): string => /^\{"v":\d+,"at":"([^"\\]+)"/.exec(meta)?.[1] ?? JSON.parse(meta).at;

const sequenceOf = (sequence: number): string => String(sequence).padStart(SEQUENCE_DIGITS, '0');

const PLAIN = /^[\w-]*$/;
/** Mostly an id or a name, which is quicker to look through than to escape. */
const text = (value: string): string => (PLAIN.test(value) ? `"${value}"` : JSON.stringify(value));

/** The line, without its end, and its link. */
export const lineOf = (event: Exported, { logId, sequence, before }: LinePlace): readonly [string, string] => {
  const { id, type, stream, position, revision, data, meta, opened, redacted } = event;
  const open =
    `{"specversion":"1.0","id":${text(id)},"source":"urn:uuid:${logId}","type":${text(type)},"subject":${text(stream)},` +
    `"time":${text(timeIn(meta))},"datacontenttype":"application/json","sequence":"${sequenceOf(sequence)}",` +
    `"data":{"position":${position},"revision":${revision},"data":${data},"meta":${meta}` +
    `${typeof opened === 'string' ? `,"opened":${opened || 'null'}` : ''}${redacted ? ',"redacted":true' : ''}}`;
  const link = linkOf(before, `${open}}`);
  return [`${open}${LINK}${link}"}`, link];
};

/** A line is not the next one of its export. */
export class BrokenLine extends Error {
  override readonly name = 'BrokenLine';
}

const whyBroken = (line: string, { sequence }: LinePlace): string => {
  let found: unknown;
  try {
    found = Number(JSON.parse(line).sequence);
  } catch {
    return 'the line was changed or cut off';
  }
  if (!Number.isSafeInteger(found) || found === sequence) return 'the line was changed';
  return (found as number) > sequence
    ? `${(found as number) - sequence} lines before it are missing`
    : 'the line stands in another place than it was written to';
};

/** @returns the event, and the link of its line. @throws BrokenLine */
export const readLine = (line: string, place: LinePlace): readonly [Exported, string] => {
  const open = `${line.slice(0, -TAIL)}}`;
  const link = linkOf(place.before, open);
  if (line.slice(-TAIL) !== `${LINK}${link}"}`) throw new BrokenLine(whyBroken(line, place));
  return [eventIn(line), link];
};

const HEAD =
  /^\{"specversion":"1\.0","id":"([^"\\]*)","source":"[^"\\]*","type":"([^"\\]*)","subject":"([^"\\]*)","time":"[^"\\]*","datacontenttype":"application\/json","sequence":"\d+","data":\{"position":(\d+),"revision":(\d+),"data":/;
const META = ',"meta":{"v":';

/** The event in a line as `lineOf` writes it for a whole log, cut out: to parse data and write it again takes most of a check. */
const cutFrom = (line: string): Exported | undefined => {
  const head = HEAD.exec(line);
  const end = line.length - TAIL;
  const at = line.lastIndexOf(META, end);
  if (head === null || at === -1 || !line.startsWith(`}}${LINK}`, end - 2) || line.includes(',"opened":', at))
    return undefined;
  const [all, id = '', type = '', stream = '', position, revision] = head;
  const data = line.slice(all.length, at);
  const meta = line.slice(at + ',"meta":'.length, end - 1);
  return { id, type, stream, position: Number(position), revision: Number(revision), data, meta };
};

/** The event in a line whose link is not looked at. */
export const eventIn = (line: string): Exported => {
  const cut = cutFrom(line);
  if (cut) return cut;
  const { id, type, subject: stream, data: recorded } = JSON.parse(line);
  const { position, revision, opened, redacted } = recorded;
  // No text that the codec writes changes when it is parsed and written again: a test holds that for every event.
  const [data, meta] = [JSON.stringify(recorded.data), JSON.stringify(recorded.meta)];
  const event = { id, type, stream, position, revision, data, meta };
  return { ...event, ...(opened !== undefined && { opened: JSON.stringify(opened) }), ...(redacted && { redacted }) };
};
