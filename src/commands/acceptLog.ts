// An operator takes the log as it is, although it does not fit its last seal: that is recorded, and old seals still tell.

import { encode } from '../domain/codec.ts';
import { sealIn } from '../domain/seal.ts';
import { THE_SEALS } from '../domain/streams.ts';
import { type History, type LastSeal, NO_STREAM } from '../store/ports.ts';
import { checkSealedTail, SealBroken } from './sealedTail.ts';
import { lastSealIn } from './seals.ts';

interface Options {
  readonly events: History;
  readonly lastSeal: LastSeal;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** @returns why the log did not fit; undefined: it does, so nothing was done. @throws Unavailable, Conflict */
export const acceptLog = async ({ events, lastSeal, now, newId }: Options): Promise<string | undefined> => {
  const broken = await checkSealedTail(events.recorded, lastSeal).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof SealBroken) return error;
      throw error;
    },
  );
  if (broken === undefined) return undefined;
  const { size: sealed, why } = broken;
  const last = await lastSealIn(events);
  const [end] = await events.readStream(THE_SEALS, { backwards: true, limit: 1 });
  const meta = { actorId: null, correlationId: 'accept-log' };
  const event = { type: 'LogAccepted', data: { sealed, why } } as const;
  await events.append(THE_SEALS, end?.revision ?? NO_STREAM, [encode(newId(), event, now().toISOString(), meta)]);
  await lastSeal.keep(last === undefined ? null : JSON.stringify(sealIn(last)));
  return why;
};
