// Frames of the sockets: what clients send, and how a message looks to the sockets that hear it.

import type { EventOf } from '../../domain/events.ts';
import type { FrameContext, Protocol } from '../../ws/protocol.ts';
import { toUuid } from '../shared/uuid.ts';
import { type Addresses, fileUrl, mediaPath, mediaTypeOf } from './media.ts';
import { fullNameOf } from './wire.ts';

export interface SentFile {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

export interface Said {
  readonly text: string;
  readonly file: SentFile | undefined;
  /** An id, which may be nobody's. */
  readonly recipient: string | undefined;
}

/** The frame cannot be read: the socket is closed with 1011, as in the original. */
export class BadFrame extends Error {
  override readonly name = 'BadFrame';
}

const DATA_URL = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

const readFile = (file: unknown, name: unknown): SentFile | undefined => {
  if (file === undefined || file === null || file === '') return undefined;
  if (typeof file !== 'string' || typeof name !== 'string') throw new BadFrame();
  const header = DATA_URL.exec(file.slice(0, 500));
  const text = file.slice(header?.[0].length ?? 0).replaceAll(/\s/g, '');
  if (text.length % 4 !== 0 || !BASE64.test(text)) throw new BadFrame();
  return { name, mediaType: header?.[1] || mediaTypeOf(name), content: Buffer.from(text, 'base64') };
};

const readJson = (data: Buffer): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(data.toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Refused below, like JSON that is no object.
  }
  throw new BadFrame();
};

/** Undefined: the frame says nothing. `isLenient`: such a frame may hold other keys. @throws BadFrame */
export const readFrame = (data: Buffer, isBinary: boolean, isLenient: boolean): Said | undefined => {
  if (isBinary) throw new BadFrame();
  const frame = readJson(data);
  const { message, file, filename, recipient } = frame;
  if (message === undefined && file === undefined) {
    if (isLenient || 'type' in frame) return undefined;
    throw new BadFrame();
  }
  if (message !== undefined && message !== null && typeof message !== 'string') throw new BadFrame();
  const said = {
    text: message ?? '',
    file: readFile(file, filename),
    recipient: typeof recipient === 'string' ? toUuid(recipient) : undefined,
  };
  return said.text.trim() === '' && said.file === undefined ? undefined : said;
};

/** The time in Tehran, which has had no summer time since 2022. */
export const tehranTime = (at: string): string => {
  const local = new Date(Date.parse(at) + 3.5 * 3_600_000).toISOString();
  return `${local.endsWith('.000Z') ? local.slice(0, -5) : `${local.slice(0, -1)}000`}+03:30`;
};

/** A path, as in the original: clients put a base before it. */
const NO_PICTURE = '/static/profiles/default.png';

const groupFrame = async (event: EventOf<'MessageSent'>, context: FrameContext, at: Addresses) => {
  const { senderId, text, fileId, sentAt, visitor } = event.data;
  const sender = await context.user(senderId);
  const file = await context.file(fileId);
  return {
    message: text,
    user: sender?.username ?? visitor?.name ?? fullNameOf(sender),
    user_name: visitor?.name ?? fullNameOf(sender),
    avatar_url: sender?.avatar || NO_PICTURE,
    timestamp: tehranTime(sentAt ?? event.at),
    file: fileUrl(file, at) ?? '',
    filename: file === undefined ? '' : mediaPath(file, at),
  };
};

const privateFrame = async (event: EventOf<'MessageSent'>, context: FrameContext, at: Addresses) => {
  const { senderId, receiverId, text, fileId } = event.data;
  // The name that the socket waited for may be that of a group.
  if (receiverId === null) return undefined;
  const [sender, recipient] = [await context.user(senderId), await context.user(receiverId)];
  const file = await context.file(fileId);
  const avatar_url = sender?.avatar || NO_PICTURE;
  if (file === undefined)
    return { message: text, sender: fullNameOf(sender, ''), avatar_url, recipient: fullNameOf(recipient) };
  return {
    type: 'chat_file',
    file: fileUrl(file, at),
    filename: mediaPath(file, at),
    recipientuser: fullNameOf(recipient, ''),
    sender: fullNameOf(sender, ''),
    avatar_url,
    ...(text === '' ? {} : { message: text }),
  };
};

type Frame = (event: EventOf<'MessageSent'>, context: FrameContext, at: Addresses) => Promise<object | undefined>;

const protocol = (name: string, make: Frame, at: Addresses): Protocol => ({
  name,
  frame: (event, context) => (event.type === 'MessageSent' ? make(event, context, at) : undefined),
});

export const groupProtocol = (at: Addresses): Protocol => protocol('nargil group', groupFrame, at);
export const privateProtocol = (at: Addresses): Protocol => protocol('nargil private', privateFrame, at);
