// The mount table: every foreign API, all at the root at once, and each alone under its own prefix.
//
// To take one away, delete its folder and its line in `dialects`.

import type { OutsideSignOn } from '../commands/authenticate.ts';
import type { Mount } from '../http/mount.ts';
import type { Services } from '../services.ts';
import type { Hub } from '../ws/hub.ts';
import type { SocketMount } from '../ws/server.ts';
import { type Dialect, dialectMount } from './django/dialect.ts';
import { djangoChat } from './djangoChat/routes.ts';
import { nargil } from './nargil/routes.ts';
import { silicornya } from './silicornya/routes.ts';
import { solari } from './solari/routes.ts';
import { thanChat } from './thanChat/routes.ts';

/** In the order in which a path at the root is looked for. */
export const dialects: readonly Dialect[] = [solari, djangoChat, nargil, thanChat, silicornya];

export const dialectMounts = (services: Services): readonly Mount[] => [
  dialectMount(services, 'dialects', '', dialects),
  ...dialects.map((dialect) => dialectMount(services, dialect.name, dialect.prefix, [dialect])),
];

/** Their sockets, likewise at the root and under each one's own prefix. */
export const dialectSockets = (services: Services, hub: Hub): readonly SocketMount[] =>
  dialects.flatMap(({ prefix, sockets }) =>
    sockets === undefined ? [] : [...sockets(services, hub, ''), ...sockets(services, hub, prefix)],
  );

/** Whoever one of them knows by a token that is not of this server. */
export const dialectSignOn = (services: Pick<Services, 'config' | 'core' | 'progress'>): OutsideSignOn => {
  const signOns = dialects.flatMap(({ signOn }) => (signOn === undefined ? [] : [signOn(services)]));
  return async (token) => {
    for (const signOn of signOns) {
      const identity = await signOn(token);
      if (identity) return identity;
    }
    return undefined;
  };
};
