// A visitor asks something at its desk, and the desk answers at once. The visitor has a secret, or an account.

import { z } from 'zod';
import { visitor as stranger } from '../domain/accessFacts.ts';
import { conversations } from '../domain/conversation.ts';
import { openDesk } from '../domain/createConversation.ts';
import { derivedId } from '../domain/ids.ts';
import { LIMITS } from '../domain/limits.ts';
import { makeEnquiry as decide, messages } from '../domain/message.ts';
import { canonical } from '../domain/names.ts';
import { Refused } from '../domain/refused.ts';
import { accountOf } from '../domain/user.ts';
import { networkOf } from '../limits/network.ts';
import { command, existing } from './command.ts';
import { actorOf, type Core } from './core.ts';
import { oneLine, requiredText, text } from './fields.ts';

export const MakeEnquiry = z.strictObject({
  room: oneLine(requiredText(LIMITS.room)),
  name: oneLine(requiredText(LIMITS.visitorName)),
  email: requiredText(LIMITS.visitorEmail),
  text: requiredText(LIMITS.text),
  /** The desk's answer. */
  answer: text(LIMITS.answer),
  /** Of a visitor without an account: what nobody else knows. It is recorded nowhere. */
  secret: requiredText(100).optional(),
});

export interface Desk {
  readonly room: string;
  readonly name: string;
  readonly email: string;
}

/**
 * Anybody may type any room, name and e-mail address. So each visitor has a desk of its own under them, which another one
 * finds only with the same account or the same secret. An account has a pseudonym as its secret: whoever has the log alone
 * cannot find its desks by trying names and addresses. @throws Refused `signed-out` for a visitor with neither
 */
export const deskId = (
  { pseudonym }: Pick<Core, 'pseudonym'>,
  { room, name, email }: Desk,
  { userId, secret }: { readonly userId?: string | null; readonly secret?: string | undefined },
): string => {
  const proof = userId != null ? ['account', pseudonym('desk', userId)] : secret && ['secret', secret];
  if (!proof) throw new Refused('signed-out');
  return derivedId('desk', room, name, canonical('email', email), ...proof);
};

/** Bytes that the events and the views of an exchange take beside its texts. */
const EXCHANGE = 4096;

const bytesOf = (wish: z.output<typeof MakeEnquiry>): number =>
  Object.values(wish).reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), EXCHANGE);

export const makeEnquiry = command({
  input: MakeEnquiry,
  access: 'public',
  // Of a visitor's account.
  scope: 'write',
  refuses: ['desk-blocked', 'quota-exceeded', 'scope-missing', 'signed-out'],
  costs: { enquiries: 1 },
  target: ({ secret, ...desk }, { actorId: userId, core }) =>
    existing(messages, deskId(core, desk, { userId, secret })),
  makes: (conversationId, idOf) => ({ conversationId, messageId: idOf('message'), answerId: idOf('answer') }),
  carryOut: async (core, meta, wish, { conversationId, messageId, answerId, origin }) => {
    const { room, name, email, text, answer } = wish;
    await core.deskBudget.spend(origin.address && networkOf(origin.address), bytesOf(wish));
    const actor = meta.actorId === null ? undefined : await actorOf(core, meta);
    const opened = actor && { openedBy: actor.userId };
    const plain = { actorId: meta.actorId, correlationId: meta.correlationId };
    if (!(await core.ledger.load(conversations, conversationId)).exists) {
      const number = await core.numbers.next('conversation');
      await core.ledger.transact(conversations, conversationId, plain, (state) =>
        openDesk(state, { conversationId, number, room, visitorName: name, visitorEmail: email, ...opened }),
      );
    }
    const desk = await core.ledger.load(conversations, conversationId);
    const enquiry = { messageId, number: await core.numbers.next('message'), text, file: null };
    const reply = { messageId: answerId, number: await core.numbers.next('message'), text: answer, file: null };
    return core.messages.append(messages, conversationId, meta, () =>
      decide(desk, actor ? accountOf(actor) : stranger, { name, email }, enquiry, reply),
    );
  },
});
