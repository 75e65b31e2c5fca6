// An API that is not Django's: JSON-RPC over one path, and a socket. It needs nothing of `src/` but what `src/` exports.

import Router from '@koa/router';
import { z } from 'zod';
import { credentialIn, identify } from '../../../src/api/credentials.ts';
import { sendMessage } from '../../../src/commands/sendMessage.ts';
import type { Dialect } from '../../../src/dialects/dialect.ts';
import { detailed, sentMessage } from '../../../src/dialects/shared/find.ts';
import { Refused } from '../../../src/domain/refused.ts';
import type { Context, RequestState } from '../../../src/http/context.ts';
import type { Mount } from '../../../src/http/mount.ts';
import { createBodyReader } from '../../../src/http/readBody.ts';
import { untilVisible } from '../../../src/http/reply.ts';
import { requireIdentity } from '../../../src/http/requestHeaders.ts';
import type { Services } from '../../../src/services.ts';
import type { Connection, SocketHandler } from '../../../src/ws/connection.ts';
import type { Protocol } from '../../../src/ws/protocol.ts';

const settings = z.object({
  SIXTH_GREETING: z.string().max(20).default('hello').describe('What the method `hello` answers'),
});

const Call = z.object({ id: z.number(), method: z.string(), params: z.record(z.string(), z.string()).default({}) });
type Params = Readonly<Record<string, string>>;
type Method = (services: Services, ctx: Context, userId: string, params: Params) => Promise<unknown>;

const methods: Readonly<Record<string, Method>> = {
  hello: async ({ config }) => settings.parse(config).SIXTH_GREETING,
  say: async (services, ctx, userId, { to = '', text = '' }) => {
    const origin = { actorId: userId, address: ctx.state.address, correlationId: ctx.state.requestId };
    const sent = await sendMessage(services.core, origin, { conversationId: to, text });
    await untilVisible(services, ctx, sent.position);
    return { said: (await sentMessage(services, to, sent)).message.text };
  },
  last: async ({ queries }, _, userId, { of = '' }) => {
    if (!(await queries.readable(of, userId))) throw new Refused('conversation-unknown');
    const { items } = await queries.messagesIn(of, { limit: 1, descending: true });
    const [last] = await detailed(queries, items);
    return last && { by: last.sender?.username, text: last.message.text };
  },
};

const mount: Dialect['mount'] = (services, { name, prefix }): Mount => {
  const { MAX_BODY, MAX_UPLOAD } = services.config;
  const readBody = createBodyReader({ body: MAX_BODY, upload: MAX_UPLOAD });
  const router = new Router<RequestState>({ prefix, sensitive: true });
  router.post('/rpc', async (context) => {
    const ctx = context as Context;
    const { user } = await requireIdentity(services, ctx);
    const body = await readBody(ctx);
    const { id, method, params } = Call.parse(body.kind === 'json' ? body.value : undefined);
    const run = methods[method];
    ctx.body = run
      ? { id, result: await run(services, ctx, user.userId, params) }
      : { id, error: { code: -32601, message: `no method ${method}` } };
  });
  return {
    name,
    router,
    fail: (ctx, { code, status }) => {
      ctx.status = status;
      ctx.body = { id: null, error: { code: -32000, message: code } };
    },
  };
};

const protocol: Protocol = {
  name: 'sixth',
  frames: {
    MessageSent: async ({ data: { senderId, text } }, context) => {
      const sender = await context.user(senderId);
      return { method: 'said', params: { by: sender?.username, text } };
    },
  },
};

export const sixth: Dialect = {
  name: 'sixth',
  settings,
  mount,
  sockets: (services, hub, prefix) => [
    {
      path: `${prefix}/rpc/live/:id`,
      maxPayload: 1000,
      admit: async ({ headers, params }) => {
        const credential = credentialIn(headers.authorization);
        const identity = credential && (await identify(services.authenticator, credential.token));
        if (!identity || !(await services.queries.readable(params.id!, identity.user.userId))) return { status: 403 };
        const handler: SocketHandler = {
          open: async (connection: Connection) => {
            const subscriber = await connection.signIn({ who: { identity }, protocol, byMembership: false });
            await hub.watch(subscriber, params.id!);
            hub.goLive(subscriber);
          },
          frame: async (connection) => connection.send(JSON.stringify({ error: 'this socket only tells' })),
        };
        return handler;
      },
    },
  ],
};
