// Asks to erase a person, what a visitor said at a desk, a message or a file; and takes such a request back.

import { z } from 'zod';
import { check, may } from '../domain/access.ts';
import { readerOf, server } from '../domain/accessFacts.ts';
import { conversations } from '../domain/conversation.ts';
import { erasures, withdrawErasure } from '../domain/erasure.ts';
import { files } from '../domain/file.ts';
import { mayErase } from '../domain/messageAccess.ts';
import { Refused } from '../domain/refused.ts';
import { accountOf, type User, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { confirm } from './confirm.ts';
import { actorOf, type Core } from './core.ts';
import { currentPassword, ids } from './fields.ts';
import { askedOf } from './messageWish.ts';

const hasAllRights = (user: User): boolean => may(readerOf(accountOf(user)), 'suspend', server);

/** The command line has no account: it may. */
const mustBeAdmin = async (core: Core, meta: { readonly actorId: string | null }): Promise<void> => {
  if (meta.actorId !== null) check(readerOf(accountOf(await actorOf(core, meta))), 'suspend', server);
};

/** Each one makes answers to others be made again, and breaks slow ones off. */
const COSTS = { commands: 1, erasures: 1 };

/** The user's own account. */
export const eraseMe = command({
  input: z.strictObject({ current: currentPassword }),
  refuses: ['confirmation-required', 'confirmation-wrong'],
  target: (_, { actorId }) => existing(erasures, actorId),
  carryOut: async (core, meta, { current }, { id, actor, origin }) => {
    const confirmed = await confirm(core, origin, actor, current);
    const { epoch } = confirmed(await core.ledger.load(users, id));
    const asked = { targetId: id, kind: 'person', inConversationId: null, by: actor.userId, epoch } as const;
    return core.erasing.request(asked, meta);
  },
});

/** Another account, also one that was deleted. */
export const erasePerson = command({
  input: z.strictObject({ userId: ids.user }),
  access: 'public',
  refuses: ['not-permitted', 'signed-out', 'user-unknown'],
  target: ({ userId }) => existing(erasures, userId),
  carryOut: async (core, meta, { userId }) => {
    await mustBeAdmin(core, meta);
    if ((await core.ledger.load(users, userId)).status === 'unknown') throw new Refused('user-unknown', 'userId');
    return core.erasing.request({ targetId: userId, kind: 'person', inConversationId: null, by: meta.actorId }, meta);
  },
});

/** The name, the address and the words of the visitor of a desk. */
export const eraseVisitor = command({
  input: z.strictObject({ conversationId: ids.conversation }),
  access: 'public',
  refuses: ['not-permitted', 'signed-out', 'conversation-unknown'],
  target: ({ conversationId }) => existing(erasures, conversationId),
  carryOut: async (core, meta, { conversationId: targetId }) => {
    await mustBeAdmin(core, meta);
    const { exists, kind } = await core.ledger.load(conversations, targetId);
    if (!exists || kind !== 'desk') throw new Refused('conversation-unknown');
    return core.erasing.request({ targetId, kind: 'desk', inConversationId: null, by: meta.actorId }, meta);
  },
});

/** Whoever may remove the message may erase it. */
export const eraseMessage = command({
  input: z.strictObject({ conversationId: ids.conversation, messageId: ids.message }),
  refuses: ['conversation-unknown', 'message-unknown', 'not-yours'],
  costs: COSTS,
  target: ({ messageId }) => existing(erasures, messageId),
  carryOut: async (core, meta, { conversationId, messageId: targetId }, { actor }) => {
    mayErase(...(await askedOf(core, { conversationId, messageId: targetId }, actor)));
    const by = actor.userId;
    return core.erasing.request({ targetId, kind: 'message', inConversationId: conversationId, by }, meta);
  },
});

/** One's own, or as an admin any. */
export const eraseStoredFile = command({
  input: z.strictObject({ fileId: ids.file }),
  refuses: ['file-unknown'],
  costs: COSTS,
  target: ({ fileId }) => existing(erasures, fileId),
  carryOut: async (core, meta, { fileId: targetId }, { actor }) => {
    const { request } = await core.ledger.load(erasures, targetId);
    const file = await core.ledger.load(files, targetId);
    const mine = file?.ownerId === actor.userId || hasAllRights(actor);
    if (!mine || (file === null && request === undefined)) throw new Refused('file-unknown', 'fileId');
    return core.erasing.request({ targetId, kind: 'file', inConversationId: null, by: actor.userId }, meta);
  },
});

/** Who asked takes it back, or whom it is about, or an admin. */
export const takeBackErasure = command({
  input: z.strictObject({ targetId: ids.erasure }),
  access: 'public',
  refuses: ['erasure-started', 'erasure-unknown', 'signed-out'],
  target: ({ targetId }) => existing(erasures, targetId),
  carryOut: async (core, meta, { targetId }) => {
    const actor = meta.actorId === null ? null : await actorOf(core, meta);
    return core.ledger.transact(erasures, targetId, meta, (erasure) => {
      const isConcerned =
        actor === null || [targetId, erasure.request?.by].includes(actor.userId) || hasAllRights(actor);
      if (!isConcerned) throw new Refused('erasure-unknown');
      return withdrawErasure(erasure, actor?.userId ?? null);
    });
  },
});
