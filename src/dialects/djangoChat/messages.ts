// Django-Chat-Server: reading and sending messages, and their files.

import { checkSaid, sendMessage } from '../../commands/sendMessage.ts';
import { startDirectChat } from '../../commands/startDirectChat.ts';
import { readingOf } from '../../http/readingOf.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import { ApiError, noMatch } from '../django/apiErrors.ts';
import { rawField } from '../django/body.ts';
import type { UserRequest } from '../django/request.ts';
import { type Answer, created, ok, route } from '../django/route.ts';
import {
  type Detailed,
  detailed,
  groupNumbered,
  readableMessageNumbered,
  sentMessage,
  userNumbered,
} from '../shared/find.ts';
import { mediaPath } from '../shared/media.ts';
import { heardBy } from './heard.ts';
import { outgoing, presentMessage } from './wire.ts';

type Numbered = UserRequest<{ readonly id: number }>;

const present = (request: Numbered, said: Detailed, group: ConversationDoc | undefined) =>
  presentMessage(
    said,
    group?.id === said.message.conversationId ? group : null,
    said.file ? request.local(mediaPath(request, said.file)) : null,
  );

/** An invalid page is the first page; the original fails with 500. */
const pageIn = (given: string | undefined): number =>
  given !== undefined && /^[1-9]\d{0,8}$/.test(given.trim()) ? Number(given) : 1;

const list = async (request: Numbered): Promise<Answer> => {
  const { services, ctx, user, params } = request;
  const { queries } = services;
  const page = pageIn(request.query('page'));
  const { group, messages } = await heardBy(queries, user, params.id, page, readingOf(services, ctx));
  return ok((await detailed(queries, messages)).map((said) => present(request, said, group)));
};

/**
 * The person or the group that gets a message: the receiver in the body, or else the one in the path. The document has a field
 * for a person alone, so a group may stand there too. In early logs a number may be a person and a group.
 */
const receiverOf = async (request: Numbered, userId: number | null, groupId: number | null) => {
  const { services, user, params } = request;
  if (userId !== null && groupId !== null)
    throw new ApiError(400, { error: 'Cannot send to both user and group at the same time.' });
  const number = userId ?? groupId ?? params.id;
  const person = groupId === null ? await userNumbered(services.queries, number) : undefined;
  if (userId !== null && person) return { person };
  const group = await groupNumbered(services.queries, number, user.userId, person ? 'writable' : 'readable');
  if (person && group) throw new ApiError(400, { error: 'Name a receiver: receiver_user or receiver_group.' });
  if (!person && !group) throw noMatch(groupId === null ? 'CustomUser' : 'Group');
  return { person, group };
};

const send = async (request: Numbered): Promise<Answer> => {
  const { body, files } = await request.bodyWithFiles('file');
  const { receiver_user, receiver_group, message } = await request.validate(outgoing);
  const { person, group } = await receiverOf(request, receiver_user, receiver_group);
  const fileId = files.at(-1)?.fileId ?? null;
  const text = message ?? '';
  checkSaid(text, fileId !== null);
  const conversationId = group?.id ?? (await request.perform(startDirectChat, { userId: person!.id })).conversationId;
  const sent = await request.perform(sendMessage, { conversationId, text, fileId });
  const shown = present(request, await sentMessage(request.services, conversationId, sent), group);
  // The answer shows the receiver in the type that the client sent: `"2"` for `"2"`.
  const asSent = (name: string): unknown => rawField(body, name) ?? null;
  if ((group ? receiver_group : receiver_user) === null) return created(shown);
  return created({
    ...shown,
    receiver_user: asSent('receiver_user'),
    receiver_group: asSent('receiver_group'),
  });
};

const DAY = 24 * 60 * 60 * 1000;
const FILE_LIFE = 10 * DAY;

const fileOf = async (request: Numbered): Promise<Answer> => {
  const { services, user, params } = request;
  const { core, queries } = services;
  const message = await readableMessageNumbered(queries, params.id, user.userId);
  const conversation = message && (await queries.receivable(message.conversationId, user.userId));
  const file = message && (await queries.filesById([message.fileId])).get(message.fileId ?? '');
  if (!conversation || !file) throw noMatch('Message');
  if (core.now().getTime() - Date.parse(message.at) > FILE_LIFE)
    throw new ApiError(410, { error: 'File has expired.' });
  return ok({ file_url: request.local(mediaPath(request, file)) });
};

export const messageRoutes = [
  route('/api/messages/<int:id>/', { GET: list }),
  route('/api/messages/<int:id>/send/', { POST: send }),
  route('/api/messages/files/<int:id>/', { GET: fileOf }),
];
