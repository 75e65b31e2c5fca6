// A dialect is one foreign API: its HTTP, its sockets, its settings, and its sign-on where it has one.

import type { z } from 'zod';
import type { Identity, OutsideSignOn } from '../commands/authenticate.ts';
import type { Mount } from '../http/mount.ts';
import type { Services } from '../services.ts';
import type { Hub } from '../ws/hub.ts';
import type { SocketMount } from '../ws/socketMount.ts';
import { pushedIsVisible } from './shared/pushed.ts';

/** Where the mount of a dialect is. */
export interface Place {
  /** For logs and metrics. */
  readonly name: string;
  /** Before every path; empty at the root. */
  readonly prefix: string;
}

type SignOnServices = Pick<Services, 'config' | 'core' | 'progress'>;

export interface Dialect {
  /** For `DIALECTS`, logs and metrics. The dialect has its paths at the root, and alone under `/<name>`. */
  readonly name: string;
  /** Its settings by the names of their environment variables; `settings.parse(config)` reads them. */
  readonly settings?: z.ZodObject;
  /**
   * Makes the mount of `dialects` at one place. Dialects with the same `mount` are one kind: at the root they share one
   * mount, so that they can share a path.
   */
  mount(services: Services, place: Place, dialects: readonly Dialect[]): Mount;
  /** Its sockets, at paths that begin with `prefix`. */
  sockets?(services: Services, hub: Hub, prefix: string): readonly SocketMount[];
  /** For a dialect whose users bring tokens of another server. Such a token is good for every API here. */
  signOn?(services: SignOnServices): OutsideSignOn;
}

const prefixOf = ({ name }: Dialect): string => `/${name}`;

/**
 * What dialects work with: whoever signs in waits, for a bounded time, until the views show what this process pushed to the
 * user's sockets. The originals push what their database holds, so their clients read again as soon as a frame arrives.
 */
const readingPushes = (services: Services): Services => {
  const { authenticator } = services;
  const waiting =
    <Given extends readonly unknown[], Found extends Identity | undefined>(by: (...given: Given) => Promise<Found>) =>
    async (...given: Given): Promise<Found> => {
      const identity = await by(...given);
      if (identity) await pushedIsVisible(services, identity.user.userId);
      return identity;
    };
  return {
    ...services,
    authenticator: {
      ...authenticator,
      byAccessToken: waiting(authenticator.byAccessToken),
      byKey: waiting(authenticator.byKey),
      byTicket: waiting(authenticator.byTicket),
      byPassword: waiting(authenticator.byPassword),
    },
  };
};

export const mountsOf = (dialects: readonly Dialect[], all: Services): readonly Mount[] => {
  const services = readingPushes(all);
  return [
    ...[...Map.groupBy(dialects, ({ mount }) => mount).values()].map((kind) =>
      kind[0]!.mount(services, { name: 'dialects', prefix: '' }, kind),
    ),
    ...dialects.map((dialect) => dialect.mount(services, { name: dialect.name, prefix: prefixOf(dialect) }, [dialect])),
  ];
};

export const socketsOf = (dialects: readonly Dialect[], all: Services, hub: Hub): readonly SocketMount[] => {
  const services = readingPushes(all);
  return dialects.flatMap((dialect) =>
    ['', prefixOf(dialect)].flatMap((prefix) => dialect.sockets?.(services, hub, prefix) ?? []),
  );
};

/** Asks the sign-on of each dialect in turn. */
export const signOnOf = (dialects: readonly Dialect[], services: SignOnServices): OutsideSignOn => {
  const signOns = dialects.flatMap((dialect) => dialect.signOn?.(services) ?? []);
  return async (token) => {
    for (const signOn of signOns) {
      const identity = await signOn(token);
      if (identity) return identity;
    }
    return undefined;
  };
};
