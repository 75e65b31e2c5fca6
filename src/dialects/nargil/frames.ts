// Frames of the sockets: those that clients send, and those that show a message.

import { z } from 'zod';
import type { EventOf } from '../../domain/events.ts';
import { isBlank } from '../../domain/texts.ts';
import type { FrameContext, Protocol } from '../../ws/protocol.ts';
import { parseAsSent, textIn } from '../django/text.ts';
import { timestamp } from '../django/timestamps.ts';
import type { Addresses } from '../shared/media.ts';
import { toUuid } from '../shared/uuid.ts';
import { fileUrl, mediaTypeOf, pictureUrl } from './media.ts';
import { fullNameOf } from './wire.ts';

/** The server cannot read the frame: it closes the socket with 1011, as the original does. */
export class BadFrame extends Error {
  override readonly name = 'BadFrame';
}

/** A text, or a number with the digits that were sent. */
const text = z.custom((value) => textIn(value) !== undefined).transform((value) => textIn(value)!);

const ClientFrame = z.object({
  message: text.nullish(),
  file: z.string().nullish(),
  filename: z.unknown().optional(),
  recipient: z.unknown().optional(),
  type: z.unknown().optional(),
});

/** Values of one frame at most: a frame may be as large as a file. */
const MAX_VALUES = 1000;

const parsed = (data: Buffer): unknown => {
  try {
    return parseAsSent(data.toString(), { values: MAX_VALUES });
  } catch {
    throw new BadFrame();
  }
};

const DATA_URL = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i;
const BASE64 = /^[A-Za-z0-9+/ \t-\r]*(?:=[ \t-\r]*){0,2}$/;
const SPACE = 0x20;

/**
 * The bytes of base64, in which white space does not count; undefined: the text is none. Nothing here makes an object of each
 * space: a frame may have millions.
 */
const bytesIn = (base64: string): Buffer | undefined => {
  if (!BASE64.test(base64)) return undefined;
  let letters = 0;
  for (let at = 0; at < base64.length; at++) if (base64.charCodeAt(at) > SPACE) letters++;
  return letters % 4 === 0 ? Buffer.from(base64, 'base64') : undefined;
};

const readFile = (file: string, name: unknown) => {
  const header = DATA_URL.exec(file.slice(0, 500));
  const content = bytesIn(file.slice(header?.[0].length ?? 0));
  if (typeof name !== 'string' || content === undefined) throw new BadFrame();
  return { name, mediaType: header?.[1] || mediaTypeOf(name), content };
};

export type SentFile = ReturnType<typeof readFile>;

/** Undefined: the frame is empty. `isLenient`: an empty frame may have any keys. @throws BadFrame, ZodError */
export const readFrame = (data: Buffer, isBinary: boolean, isLenient: boolean) => {
  if (isBinary) throw new BadFrame();
  const { message, file, filename, recipient, type } = ClientFrame.parse(parsed(data));
  if (message === undefined && file === undefined) {
    if (isLenient || type !== undefined) return undefined;
    throw new BadFrame();
  }
  if (isBlank(message ?? '') && !file) return undefined;
  return {
    text: message ?? '',
    file: file ? readFile(file, filename) : undefined,
    // There may be no account of that id.
    recipient: typeof recipient === 'string' ? toUuid(recipient) : undefined,
  };
};

/** Milliseconds. Tehran has had no summer time since 2022. */
const TEHRAN = 3.5 * 3_600_000;

/** `at` (ISO) as the local time in Tehran. */
export const tehranTime = (at: string): string =>
  timestamp(new Date(Date.parse(at) + TEHRAN).toISOString()).replace('Z', '+03:30');

/** A path, as in the original: clients put a base before it. */
const NO_PICTURE = '/static/profiles/default.png';

type FrameOf = (event: EventOf<'MessageSent'>, context: FrameContext, at: Addresses) => Promise<object | undefined>;

const protocol =
  (name: string, frameOf: FrameOf) =>
  (at: Addresses): Protocol => ({
    name,
    frames: { MessageSent: (event, context) => frameOf(event, context, at) },
  });

export const groupProtocol = protocol('nargil group', async (event, context, at) => {
  const { senderId, text, fileId, sentAt, visitor } = event.data;
  const sender = await context.user(senderId);
  const file = await context.file(fileId);
  return {
    message: text,
    user: sender?.username ?? visitor?.name ?? fullNameOf(sender),
    user_name: visitor?.name ?? fullNameOf(sender),
    avatar_url: pictureUrl(sender, at) ?? NO_PICTURE,
    timestamp: tehranTime(sentAt ?? event.at),
    file: fileUrl(file, at) ?? '',
    filename: file?.name ?? '',
  };
});

export const privateProtocol = protocol('nargil private', async (event, context, at) => {
  const { senderId, receiverId, text, fileId } = event.data;
  // A group may have got the name that the socket waited for.
  if (receiverId === null) return undefined;
  const [sender, recipient] = [await context.user(senderId), await context.user(receiverId)];
  const file = await context.file(fileId);
  const avatar_url = pictureUrl(sender, at) ?? NO_PICTURE;
  if (file === undefined)
    return { message: text, sender: fullNameOf(sender, ''), avatar_url, recipient: fullNameOf(recipient) };
  return {
    type: 'chat_file',
    file: fileUrl(file, at),
    filename: file.name,
    recipientuser: fullNameOf(recipient, ''),
    sender: fullNameOf(sender, ''),
    avatar_url,
    ...(text === '' ? {} : { message: text }),
  };
});
