// A client of the node that was given up.

import { expect, test } from 'vitest';
import { openLink } from '../../../src/store/eventStoreDb/link.ts';

test('a client that was given up opens no connection any more, though it had none', async () => {
  const { client, end } = openLink('esdb://127.0.0.1:1?tls=false');
  await end(new Error('given up'));
  const late = client.readStream('user-1')[Symbol.asyncIterator]();
  await expect(late.next()).rejects.toThrow('given up');
});
