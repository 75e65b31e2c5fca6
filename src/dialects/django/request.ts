// A request as the handlers of an API see it.

import type { Origin } from '../../commands/context.ts';
import type { Core, Done } from '../../commands/core.ts';
import { storeFile } from '../../commands/storeFile.ts';
import type { User } from '../../domain/user.ts';
import type { Context } from '../../http/context.ts';
import { coreFor } from '../../http/counting.ts';
import { addressFor } from '../../http/listening.ts';
import type { ReadBody, Upload } from '../../http/readBody.ts';
import { untilVisible } from '../../http/reply.ts';
import { originOf } from '../../http/requestHeaders.ts';
import type { Services } from '../../services.ts';
import { ApiError } from './apiErrors.ts';
import { asSent, type Body, discard, type ReadOnce, type SentFile, type WholeBody } from './body.ts';
import { type Checks, type Fields, type Valid, validate } from './serializer.ts';

type Command<I, R> = (core: Core, origin: Origin, input: I) => Promise<R>;

/** What all requests of one mount share. */
export interface RequestMachinery {
  readonly services: Services;
  readonly readBody: ReadBody;
  readonly prefix: string;
}

/** What all dialects have that answer one request together. */
export interface Together {
  readonly readOnce: ReadOnce;
  /** By name, what one of them has begun for all. */
  readonly begun: Map<string, Promise<unknown>>;
}

/** `P`: the parameters of the path, `U`: the account that asks. */
export class ApiRequest<P = unknown, U = unknown> {
  readonly services: Services;
  readonly ctx: Context;
  readonly params: P;
  readonly user: U;
  readonly #prefix: string;
  readonly #together: Together;
  #whole: WholeBody | undefined;
  #stored = 0;
  #performed = 0;

  constructor({ services, prefix }: RequestMachinery, ctx: Context, params: P, together: Together) {
    this.services = { ...services, core: coreFor(services, ctx) };
    this.ctx = ctx;
    this.params = params;
    this.user = ctx.state.identity?.user as U;
    this.#prefix = prefix;
    this.#together = together;
  }

  /** The session of the caller; null where a key or another server's token signed the caller in. */
  get sessionId(): string | null {
    return this.ctx.state.identity?.sessionId ?? null;
  }

  /** A parameter of the query; if the query repeats it, the last one. */
  query(name: string): string | undefined {
    return new URLSearchParams(this.ctx.querystring).getAll(name).at(-1);
  }

  /** A path of this API as clients reach it: behind the prefix, where there is one. */
  local(path: string): string {
    return this.#prefix + path;
  }

  /** The same with the address of the server: never by a header, in which a client may write any host. */
  absolute(path: string): string {
    const { PUBLIC_URL } = this.services.config;
    return addressFor(PUBLIC_URL, this.ctx.req.socket) + this.local(path);
  }

  /** The body: none at all is an empty object. Files in a form are left out. @throws what `errorOf` knows */
  async body(): Promise<Body> {
    this.#whole = await this.#together.readOnce();
    return this.#whole.body;
  }

  /**
   * The body and the files under `field` in it, each stored for the caller while it arrives; other files are left out. Call it
   * before all that read the body.
   */
  async bodyWithFiles(field: string): Promise<WholeBody> {
    this.#whole = await this.#together.readOnce((upload) =>
      upload.field === field ? this.#keep(upload) : discard(upload),
    );
    return this.#whole;
  }

  /** The declared fields of the body. @throws ApiError 400 with the texts of all that are wrong */
  async validate<F extends Fields>(fields: F, checks?: Checks<F>, isPartial = false): Promise<Valid<F>> {
    return validate(fields, await this.body(), checks, isPartial);
  }

  /** For a change: of a PATCH, only the fields that the client sent. @throws ApiError 400 */
  validateChange<F extends Fields>(fields: F, checks?: Checks<F>): Promise<Partial<Valid<F>>> {
    return this.validate(fields, checks, this.ctx.method === 'PATCH');
  }

  /** What `make` resolves to, which is called once for all dialects that answer the request together. */
  once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const { begun } = this.#together;
    const making = (begun.get(name) as Promise<T> | undefined) ?? make();
    begun.set(name, making);
    return making;
  }

  /** Carries out a command for the caller; the views show it when it resolves. @throws what the command throws */
  async perform<I, R extends Done>(command: Command<I, R>, input: I): Promise<R> {
    const nth = this.#performed++;
    const done = await command(this.services.core, this.#originOf(nth === 0 ? '' : ` ${nth}`), input);
    await this.settle(done.position);
    return done;
  }

  /** For a request that asks the views before its first command: what that command answered before; undefined: no retry. */
  async retried<I, R>(command: { earlier: Command<I, R> }, wish: () => Promise<I>): Promise<R | undefined> {
    if (this.#originOf('').keyed === undefined) return undefined;
    try {
      const input = await wish();
      // The origin holds the fingerprint of the body, which `wish` has read.
      return await command.earlier(this.services.core, this.#originOf(''), input);
    } catch (error) {
      // The caller reports the errors of the form together with those that only the views know.
      if (error instanceof ApiError) return undefined;
      throw error;
    }
  }

  /** Waits until the views have taken `position`. */
  async settle(position: number): Promise<void> {
    await untilVisible(this.services, this.ctx, Math.max(position, this.ctx.state.position));
  }

  /** Each command of a request has its own key under that of the request. No key of a client has a space in it. */
  #originOf(part: string): Origin {
    const { ctx } = this;
    const sent = () => ({ path: ctx.path, query: ctx.query, body: this.#whole && asSent(this.#whole) });
    return originOf(this.services, ctx, ctx.state.identity, sent, part);
  }

  async #keep({ field, name, mediaType, content }: Upload): Promise<SentFile> {
    const origin = this.#originOf(` file ${this.#stored++}`);
    const limit = this.services.config.MAX_UPLOAD;
    const done = await storeFile(this.services.core, origin, { name, mediaType }, content, limit);
    await this.settle(done.position);
    return { field, name, mediaType, fileId: done.fileId, hash: done.hash };
  }
}

/** The request of a signed-in account. */
export type UserRequest<P = unknown> = ApiRequest<P, User>;
