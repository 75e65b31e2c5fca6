// Messages as answers show them: with the people and the file that belong to each.

import type { FileDoc } from '../../projections/files.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Queries } from '../../projections/queries.ts';
import type { UserDoc } from '../../projections/users.ts';
import { visible } from './visible.ts';

export interface Detailed {
  readonly message: MessageDoc;
  readonly sender: UserDoc | undefined;
  readonly receiver: UserDoc | undefined;
  readonly file: FileDoc | undefined;
}

export const detailed = async (queries: Queries, messages: readonly MessageDoc[]): Promise<readonly Detailed[]> => {
  const [people, files] = await Promise.all([
    queries.usersById(messages.flatMap(({ senderId, receiverId }) => [senderId, receiverId])),
    queries.filesById(messages.map(({ fileId }) => fileId)),
  ]);
  return messages.map((message) => ({
    message,
    sender: people.get(message.senderId ?? ''),
    receiver: people.get(message.receiverId ?? ''),
    file: files.get(message.fileId ?? ''),
  }));
};

/** The message that was just sent. @throws Unavailable while the views do not have it */
export const sentMessage = async (queries: Queries, messageId: string): Promise<Detailed> =>
  (await detailed(queries, [await visible(queries.message(messageId))]))[0]!;
