// Reads the stream of the seals, and the log behind a seal.

import type { Verifier } from '../auth/signing.ts';
import { decode } from '../domain/codec.ts';
import type { Event, EventOf } from '../domain/events.ts';
import { isSeal, parseSeal, type Seal } from '../domain/seal.ts';
import { THE_SEALS } from '../domain/streams.ts';
import type { EventReader, LastSeal } from '../store/ports.ts';

export type Sealed = EventOf<'LogSealed'>;

/** The events of the stream, the latest first. */
export async function* sealsBackwards(events: Pick<EventReader, 'readStream'>): AsyncGenerator<Event> {
  const PAGE = 10;
  for (let from: number | undefined; from === undefined || from >= 0; ) {
    const page = await events.readStream(THE_SEALS, {
      backwards: true,
      limit: PAGE,
      ...(from !== undefined && { from }),
    });
    for (const recorded of page) yield decode(recorded);
    const last = page.at(-1);
    if (last === undefined) return;
    from = last.revision - 1;
  }
}

/** The last seal. @throws Unavailable */
export const lastSealIn = async (events: Pick<EventReader, 'readStream'>): Promise<Sealed | undefined> => {
  for await (const event of sealsBackwards(events)) if (isSeal(event)) return event;
  return undefined;
};

/**
 * Keeps the seal outside the log, unless a later one is kept there: another process made that, or the log has lost it, which the next start
 * must find. @throws as `LastSeal`
 */
export const keepOutside = async (lastSeal: LastSeal, seal: Seal): Promise<void> => {
  const text = await lastSeal.read();
  const kept = text === undefined ? undefined : parseSeal(text);
  if (kept === undefined || kept.size < seal.size) await lastSeal.keep(JSON.stringify(seal));
};

export const hashOfText = (text: string): Buffer => Buffer.from(text, 'base64url');
export const textOfHash = (hash: Buffer): string => hash.toString('base64url');

type SealClaim = Pick<Seal, 'logId' | 'size' | 'root' | 'at'>;

/** What a seal signs. */
export const claimTextOf = ({ logId, size, root, at }: SealClaim): string => JSON.stringify({ logId, size, root, at });

/** Whether the key that the seal names signed just this. */
export const isGoodSeal = async (verifier: Verifier, seal: Seal): Promise<boolean> => {
  const signed = await verifier.read('seal', seal.jws);
  return signed?.kid === seal.kid && signed.payload === claimTextOf(seal);
};
