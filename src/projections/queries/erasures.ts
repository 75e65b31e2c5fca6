// Queries about what is to be erased, or was.

import { canonical } from '../../domain/names.ts';
import type { ErasureDoc } from '../erasures.ts';
import type { Documents, Page, Slice } from './documents.ts';

const PAGE = 100;

export const erasureQueries = ({ one, find, slice }: Documents) => {
  async function* all(where: Parameters<typeof find>[1], sort: string, collection: 'conversations' | 'erasures') {
    for (let after = 0, isOver = false; !isOver; ) {
      const { items, more } = await find(collection, where, sort, { after, limit: PAGE });
      yield* items;
      const last = items.at(-1);
      after = last === undefined ? after : 'requested' in last ? last.requested : last.number;
      isOver = !more || last === undefined;
    }
  }

  return {
    erasure: (targetId: string) => one('erasures', targetId),
    /** Requests that nobody took back until that ISO time, those that were due first come first. */
    erasuresDue: (before: string): Promise<Slice<ErasureDoc>> =>
      slice('erasures', { where: { standing: 'requested' }, sort: 'dueAt', before, limit: PAGE }),
    /** The next request that becomes due. */
    nextErasure: async (): Promise<ErasureDoc | undefined> =>
      (await slice('erasures', { where: { standing: 'requested' }, sort: 'dueAt', limit: 1 })).items[0],
    /** In the order of the requests. */
    erasures: (standing: ErasureDoc['standing'], page: Page) => find('erasures', { standing }, 'requested', page),
    allErasures: (standing: ErasureDoc['standing']) =>
      all({ standing }, 'requested', 'erasures') as AsyncGenerator<ErasureDoc>,
    /** The desks that the account opened, and those that strangers opened under the address. Null: under none. */
    desksToErase: async function* (userId: string, address: string | null): AsyncGenerator<string> {
      const found = new Set<string>();
      for await (const { id } of all({ visitorId: userId }, 'number', 'conversations')) found.add(id);
      if (address !== null) {
        const where = { visitorEmailKey: canonical('email', address) };
        for await (const desk of all(where, 'number', 'conversations'))
          if ('visitorId' in desk && desk.visitorId === null) found.add(desk.id);
      }
      yield* found;
    },
  };
};
