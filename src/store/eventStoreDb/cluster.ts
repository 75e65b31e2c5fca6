// The nodes of a cluster, and which of them leads. The client's own search asks one node after the other and waits 5 s for
// each, so one that hangs would hold everything; this one asks all of them at once.

import { EventStoreDBClient } from '@eventstore/db-client';
import rpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip, { type ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { GrpcClient } from './appendLane.ts';

/** Milliseconds that a node has to say whom it knows. */
const PATIENCE = 1000;
const PORT = 2113;

export type Cluster = ReturnType<typeof clusterOf>;

/** Where the leader is, if the error says so: of a node that follows. */
export const leaderIn = (error: unknown): string | undefined => {
  const { leader } = (error ?? {}) as { readonly leader?: { readonly address: string; readonly port: number } };
  return leader && `${leader.address}:${leader.port}`;
};

/** `url`: of one node, of several, or of a name that leads to them. */
export const clusterOf = (url: string) => {
  const [, credentials = '', named = '', rest = ''] =
    /^esdb(?:\+discover)?:\/\/([^@/]*@)?([^/?]*)([/?].*)?$/s.exec(url) ?? [];
  const seeds = named.split(',').map((host) => (/:\d+$/.test(host) ? host : `${host}:${PORT}`));
  /** The nodes as the cluster itself names them. */
  let members: readonly string[] = [];
  let turn = 0;

  const urlOf = (host: string): string => `esdb://${credentials}${host}${rest}`;

  const askMembers = async (host: string): Promise<ClusterInfo> => {
    const client = EventStoreDBClient.connectionString(urlOf(host)) as unknown as GrpcClient;
    const channel = await client.getChannel();
    try {
      const stub = new rpc.GossipClient('', undefined as never, { channelOverride: channel as never });
      const [metadata, options] = client.callArguments({ deadline: PATIENCE }, {});
      return await new Promise<ClusterInfo>((resolve, reject) => {
        stub.read(new shared.Empty(), metadata as never, options as never, (error: unknown, info: ClusterInfo) =>
          error ? reject(error) : resolve(info),
        );
      });
    } finally {
      channel.close();
    }
  };

  /** The leader that a node knows. A node alone is no cluster: where it stands in its own eyes may be out of reach. */
  const leaderAt = async (host: string): Promise<string> => {
    const info = (await askMembers(host)).getMembersList();
    const alive = info.filter((member) => member.getIsAlive());
    const nameOf = (member: (typeof info)[number]): string =>
      `${member.getHttpEndPoint()?.getAddress()}:${member.getHttpEndPoint()?.getPort()}`;
    const leader = alive.find((member) => member.getState() === gossip.MemberInfo.VNodeState.LEADER);
    if (info.length < 2 || !leader) throw new Error('no leader is known');
    members = info.map(nameOf);
    return nameOf(leader);
  };

  return {
    urlOf,
    /** The nodes that the address names. */
    seeds: seeds as readonly string[],
    /** The next node to try where no leader is known. */
    next: (): string => seeds[turn++ % seeds.length]!,
    /** Asks all nodes at once for a leader other than `but`; undefined: there is none, or nobody says so in time. */
    findLeader: async (but: string): Promise<string | undefined> => {
      const asked = [...new Set([...members, ...seeds])].map(async (host) => {
        const leader = await leaderAt(host);
        if (leader === but) throw new Error('it still leads');
        return leader;
      });
      return Promise.any(asked).catch(() => undefined);
    },
  };
};
