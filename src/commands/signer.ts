// Signs with the key of the server. The log names the public key before anything that it signed, so that whatever it signed can
// be checked for ever, also when the secret is another one.

import type { Kind, SigningKey } from '../auth/signing.ts';
import { decode, encode } from '../domain/codec.ts';
import type { Meta } from '../domain/events.ts';
import { isSeal } from '../domain/seal.ts';
import { THE_SEALS } from '../domain/streams.ts';
import { Conflict, type EventReader, type History, NO_STREAM, Unavailable } from '../store/ports.ts';
import { eventsIn } from './readEvents.ts';
import { sealsBackwards } from './seals.ts';

/** Another process may record something there at the same moment. */
const ATTEMPTS = 8;

interface Options {
  readonly events: History;
  readonly key: SigningKey;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** Whether the log names a key. @throws Unavailable */
export const isKeyRecorded = async (events: Pick<EventReader, 'readStream'>, kid: string): Promise<boolean> => {
  // Mostly it signed the last seal, or was recorded since.
  for await (const event of sealsBackwards(events)) {
    if (event.type === 'SealKeyAdded' && event.data.kid === kid) return true;
    if (isSeal(event)) {
      if (event.data.kid === kid) return true;
      break;
    }
  }
  for await (const recorded of eventsIn(events, THE_SEALS)) {
    const event = decode(recorded);
    if (event.type === 'SealKeyAdded' && event.data.kid === kid) return true;
  }
  return false;
};

export type Signer = ReturnType<typeof createSigner>;

export const createSigner = ({ events, key, now, newId }: Options) => {
  const { kid, x } = key;
  let isRecorded = false;

  const recordOnce = async (meta: Meta): Promise<void> => {
    const [end] = await events.readStream(THE_SEALS, { backwards: true, limit: 1 });
    if (await isKeyRecorded(events, kid)) return;
    const event = { type: 'SealKeyAdded', data: { kid, x } } as const;
    await events.append(THE_SEALS, end?.revision ?? NO_STREAM, [encode(newId(), event, now().toISOString(), meta)]);
  };

  /** Records the public key, once for each key. @throws Unavailable */
  const record = async (meta: Meta): Promise<void> => {
    for (let attempt = 0; !isRecorded; attempt++)
      try {
        await recordOnce(meta);
        isRecorded = true;
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        if (attempt === ATTEMPTS) throw new Unavailable('events', error);
      }
  };

  return {
    kid,
    record,
    /** A compact JWS. @throws Unavailable */
    sign: async (kind: Kind, payload: string, meta: Meta): Promise<string> => {
      await record(meta);
      return key.sign(kind, payload);
    },
  };
};
