// The thread that has the file of keys, so that no sync stalls the main thread. `keyStore.ts` starts it.

import type { KeyPlace } from '../ports.ts';
import { openKeyFile } from './keyFile.ts';
import { answerRequests } from './thread.ts';

export type Request =
  | { readonly add: readonly (readonly [id: string, keys: Uint8Array])[] }
  | { readonly get: readonly string[] }
  | { readonly destroy: readonly KeyPlace[] }
  | 'probe'
  | 'end';

/** Only `get` has an answer. */
export type Reply = readonly (Uint8Array | undefined)[] | undefined;

answerRequests((file: string) => {
  let keys: ReturnType<typeof openKeyFile> | undefined;
  return (request: Request): Reply => {
    if (request === 'end') {
      keys?.close();
      keys = undefined;
      return undefined;
    }
    keys ??= openKeyFile(file);
    if (request === 'probe') keys.probe();
    else if ('get' in request) return keys.get(request.get);
    else if ('add' in request) keys.add(request.add);
    else keys.destroy(request.destroy);
    return undefined;
  };
});
