// The frames that carry out commands. Under one key, a frame and a request to its route are the same command.

import {
  MESSAGE_PATH,
  originFor,
  paramsIn,
  pathOf,
  REACTION_PATH,
  READ_PATH,
  READ_THREAD_PATH,
  RESTORE_PATH,
  SEND_PATH,
  type Sent,
} from '../api/idempotency.ts';
import { addReaction } from '../commands/addReaction.ts';
import { editMessage } from '../commands/editMessage.ts';
import { markRead } from '../commands/markRead.ts';
import { markThreadRead } from '../commands/markThreadRead.ts';
import { removeMessage } from '../commands/removeMessage.ts';
import { restoreMessage } from '../commands/restoreMessage.ts';
import { sendMessage } from '../commands/sendMessage.ts';
import { takeBackReaction } from '../commands/takeBackReaction.ts';
import type { Services } from '../services.ts';
import type { Connection } from './connection.ts';
import type { Subscriber } from './hub.ts';
import { type InboundOf, present } from './wire.ts';

/** The commands that frames carry out, and the paths of their routes. */
const commands = {
  send: { path: SEND_PATH, command: sendMessage },
  edit: { path: MESSAGE_PATH, command: editMessage },
  remove: { path: MESSAGE_PATH, command: removeMessage },
  restore: { path: RESTORE_PATH, command: restoreMessage },
  read: { path: READ_PATH, command: markRead },
  'read-thread': { path: READ_THREAD_PATH, command: markThreadRead },
  react: { path: REACTION_PATH, command: addReaction },
  // Over HTTP both have one path, and neither takes a key.
  unreact: { path: `${REACTION_PATH}/taken-back`, command: takeBackReaction },
} as const;

type CommandFrame = InboundOf<keyof typeof commands>;

/** The HTTP request that equals a frame: a retry of one finds the receipt of the other. `wish`: parsed. */
const asRequest = (path: string, wish: object, sent: object): Sent => {
  const elsewhere = ['type', 'key', ...paramsIn(path)];
  const body = Object.entries(sent).filter(([name]) => !elsewhere.includes(name));
  return { path: pathOf({ path }, wish), body: Object.fromEntries(body) };
};

/** `sent`: the frame before it was parsed. Out: the frame that answers it. @throws what the command throws */
export const carryOut = async (
  services: Services,
  { address, frameAt }: Connection,
  { principal, scopes }: Subscriber,
  { type, key, ...wish }: CommandFrame,
  sent: object,
): Promise<object> => {
  const { path, command } = commands[type];
  const who = { actorId: principal.userId, scopes, address, signedInAt: null, epoch: null };
  const from = { ...who, correlationId: services.core.newId() };
  const origin = originFor(services, from, key, asRequest(path, wish, sent));
  // Whether the sender is still signed in was checked when the frame was taken up.
  const core = { ...services.core, began: frameAt };
  const done = await command.parsed(core, origin, wish as never);
  return present.accepted(key, done.position, 'messageId' in done ? String(done.messageId) : undefined);
};
