// A client of the node that was given up.

import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { connect } from '../../../src/store/eventStoreDb/connection.ts';
import { openLink } from '../../../src/store/eventStoreDb/link.ts';
import { read } from '../../../src/store/eventStoreDb/readWire.ts';

test('a client that was given up opens no connection any more, though it had none', async () => {
  const { client, end } = openLink('esdb://127.0.0.1:1?tls=false');
  await end(new Error('given up'));
  const late = read(client, { stream: 'user-1', from: 'start', count: 1 }, () => true);
  await expect(late.over).rejects.toThrow('given up');
});

test.each(['[::1]:2113', 'one,two:x', '127.0.0.1:1,[::1]:2113'])(
  'an address that the client does not take is named by its setting, without its password: %s',
  (hosts) => {
    let thrown: unknown;
    try {
      connect({
        url: `esdb://admin:canary@${hosts}?tls=false`,
        deadline: 1000,
        overdue: 1000,
        onError: () => undefined,
      });
    } catch (error) {
      thrown = error;
    }
    expect(String(thrown)).toContain('EVENTSTORE_URL: the client of EventStoreDB takes no such address');
    expect(inspect(thrown, { depth: null, showHidden: true })).not.toContain('canary');
  },
);
