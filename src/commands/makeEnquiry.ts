// A visitor without an account says something at a desk, and the desk answers at once.

import { z } from 'zod';
import { conversations, openDesk } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { derivedId } from '../domain/ids.ts';
import { makeEnquiry as decide, messages } from '../domain/message.ts';
import { canonical } from '../domain/names.ts';
import { type Core, type Done, idFor } from './core.ts';
import { MESSAGE_LENGTH, requiredText, text } from './fields.ts';

export const MakeEnquiry = z.strictObject({
  room: requiredText(200),
  name: requiredText(200),
  email: requiredText(320),
  text: requiredText(MESSAGE_LENGTH),
  /** What the desk answers. */
  answer: text(3 * MESSAGE_LENGTH),
});
export type MakeEnquiry = z.input<typeof MakeEnquiry>;

/** The desk of one room, name and e-mail: a visitor speaks for no other. */
export const deskId = (room: string, name: string, email: string): string =>
  derivedId('desk', room, name, canonical('email', email));

export const makeEnquiry = async (
  core: Core,
  meta: Meta,
  input: MakeEnquiry,
): Promise<Done & { conversationId: string; messageId: string; answerId: string }> => {
  const { room, name, email, text, answer } = MakeEnquiry.parse(input);
  const conversationId = deskId(room, name, email);
  const plain = { actorId: meta.actorId, correlationId: meta.correlationId };
  let desk = await core.ledger.load(conversations, conversationId);
  if (!desk.exists) {
    const number = await core.numbers.next('conversation');
    await core.ledger.transact(conversations, conversationId, plain, (state) =>
      openDesk(state, { conversationId, number, room, visitorName: name, visitorEmail: email }),
    );
    desk = await core.ledger.load(conversations, conversationId);
  }
  const enquiry = {
    messageId: idFor(core, meta, 'message'),
    number: await core.numbers.next('message'),
    text,
    file: null,
  };
  const answered = {
    messageId: idFor(core, meta, 'answer'),
    number: await core.numbers.next('message'),
    text: answer,
    file: null,
  };
  const { position } = await core.ledger.transact(messages, conversationId, meta, () =>
    decide(desk, { name, email }, enquiry, answered),
  );
  return { conversationId, messageId: enquiry.messageId, answerId: answered.messageId, position };
};
