// A visitor without an account asks something at a desk, and the desk answers at once.

import { z } from 'zod';
import { conversations, openDesk } from '../domain/conversation.ts';
import { derivedId } from '../domain/ids.ts';
import { LIMITS } from '../domain/limits.ts';
import { makeEnquiry as decide, messages } from '../domain/message.ts';
import { canonical } from '../domain/names.ts';
import { command, existing } from './command.ts';
import { requiredText, text } from './fields.ts';

export const MakeEnquiry = z.strictObject({
  room: requiredText(LIMITS.room),
  name: requiredText(LIMITS.visitorName),
  email: requiredText(LIMITS.visitorEmail),
  text: requiredText(LIMITS.text),
  /** The desk's answer. */
  answer: text(LIMITS.answer),
});

/** Each room, name and e-mail address has a desk of its own, so no visitor speaks for another. */
export const deskId = (room: string, name: string, email: string): string =>
  derivedId('desk', room, name, canonical('email', email));

export const makeEnquiry = command({
  input: MakeEnquiry,
  access: 'public',
  refuses: [],
  costs: { enquiries: 1 },
  target: ({ room, name, email }) => existing(messages, deskId(room, name, email)),
  makes: (conversationId, idOf) => ({ conversationId, messageId: idOf('message'), answerId: idOf('answer') }),
  carryOut: async (core, meta, { room, name, email, text, answer }, { conversationId, messageId, answerId }) => {
    const plain = { actorId: meta.actorId, correlationId: meta.correlationId };
    if (!(await core.ledger.load(conversations, conversationId)).exists) {
      const number = await core.numbers.next('conversation');
      await core.ledger.transact(conversations, conversationId, plain, (state) =>
        openDesk(state, { conversationId, number, room, visitorName: name, visitorEmail: email }),
      );
    }
    const desk = await core.ledger.load(conversations, conversationId);
    const enquiry = { messageId, number: await core.numbers.next('message'), text, file: null };
    const reply = { messageId: answerId, number: await core.numbers.next('message'), text: answer, file: null };
    return core.messages.append(messages, conversationId, meta, () => decide(desk, { name, email }, enquiry, reply));
  },
});
