// The pictures of accounts and conversations that are stored files, for everybody who sees the account or the conversation.

import { z } from 'zod';
import { ids } from '../../commands/fields.ts';
import { Refused } from '../../domain/refused.ts';
import type { Queries } from '../../projections/queries.ts';
import { inArea, route } from '../route.ts';
import { serveFile } from '../serveFile.ts';
import { FILE_ANSWERS } from './files.ts';

const query = z.strictObject({
  file: ids.file.optional().describe('Id of the file that must still be the picture. `avatar` and `picture` name it.'),
});

/** `wanted`: the file that the address names. @throws Refused `file-unknown` */
const pictureFor = async (
  queries: Queries,
  userId: string,
  picture: Parameters<Queries['readablePicture']>[0],
  wanted: string | undefined,
) => {
  const file = await queries.readablePicture(picture, userId);
  if (!file || (wanted !== undefined && wanted !== file.id)) throw new Refused('file-unknown');
  return file;
};

export const pictureRoutes = inArea('files', [
  route({
    name: 'getUserPicture',
    method: 'GET',
    path: '/v1/users/:userId/picture',
    summary: 'Get the picture of a user',
    description: 'If it is a file that the user stored here. Any other picture is at its own address.',
    access: 'user',
    params: z.object({ userId: ids.user }),
    query,
    hasPast: false,
    refuses: ['user-unknown', 'file-unknown', 'range-not-satisfiable'],
    answers: FILE_ANSWERS,
    handle: async ({ services: { core, queries }, ctx, userId, params, query: { file } }) => {
      const user = await queries.user(params.userId);
      if (!user) throw new Refused('user-unknown');
      const picture = { address: user.avatar, by: user.id };
      return serveFile(core, ctx, await pictureFor(queries, userId, picture, file));
    },
  }),
  route({
    name: 'getConversationPicture',
    method: 'GET',
    path: '/v1/conversations/:conversationId/picture',
    summary: 'Get the picture of a conversation',
    description:
      'If it is a stored file, for everybody who may read the conversation. Any other picture is at its own address.',
    access: 'user',
    params: z.object({ conversationId: ids.conversation }),
    query,
    hasPast: false,
    refuses: ['conversation-unknown', 'file-unknown', 'range-not-satisfiable'],
    answers: FILE_ANSWERS,
    handle: async ({ services: { core, queries }, ctx, userId, params, query: { file } }) => {
      const conversation = await queries.readable(params.conversationId, userId);
      if (!conversation) throw new Refused('conversation-unknown');
      const picture = { address: conversation.picture, by: conversation.pictureBy };
      return serveFile(core, ctx, await pictureFor(queries, userId, picture, file));
    },
  }),
]);
