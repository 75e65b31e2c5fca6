// The event store on EventStoreDB: the contract of the port, on a real node where EVENTSTORE_URL names one.

import { openEventStoreDb } from '../../../src/store/eventStoreDb/eventStore.ts';
import { eventStoreContract } from '../../contracts/eventStore.contract.ts';
import { findNode } from '../../support/eventStoreDb/findNode.ts';

const open = async () => {
  const node = await findNode();
  let store = await openEventStoreDb({ url: node.url });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await openEventStoreDb({ url: node.url });
      return store;
    },
    close: async () => {
      await store.close();
      await node.close();
    },
  };
};

eventStoreContract('EventStoreDB', open, { writers: 5 });
