import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedViewStore } from '../../../src/store/embedded/viewStore.ts';
import { viewStoreContract } from '../../contracts/viewStore.contract.ts';

viewStoreContract('files', async (collections) => {
  const directory = await mkdtemp(join(tmpdir(), 'verbatim-views-'));
  let store = await openEmbeddedViewStore({ directory, collections });
  return {
    store,
    async close() {
      await store.close();
      await rm(directory, { recursive: true });
    },
    async reopen() {
      await store.close();
      store = await openEmbeddedViewStore({ directory, collections });
      return store;
    },
  };
});
