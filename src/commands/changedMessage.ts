// What the commands that change a message have in common.

import type { Wanted } from '../domain/changedMessage.ts';
import type { Events, Meta } from '../domain/events.ts';
import { type SaidMessage, saidMessages } from '../domain/saidMessage.ts';
import type { User } from '../domain/user.ts';
import type { Core, Done } from './core.ts';
import { askedOf, type Named } from './messageWish.ts';

/** Decides in the message's own stream, so that of two changes at once one knows the other. */
export const changeMessage = async (
  core: Core,
  meta: Meta,
  wish: Named,
  { id, actor: by }: { readonly id: string; readonly actor: User },
  decide: (said: SaidMessage, wanted: Wanted) => Events,
): Promise<Done> => {
  const [conversation, , sent] = await askedOf(core, wish, by);
  return core.ledger.transact(saidMessages, id, meta, (said) =>
    decide(said, { conversation, by, sent, now: core.now() }),
  );
};
