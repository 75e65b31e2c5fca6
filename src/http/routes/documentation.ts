// The API about itself.

import { createHash } from 'node:crypto';
import fresh from 'fresh';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { docsPageOf } from '../docsPage.ts';
import { html, pageOf, pagePolicy } from '../htmlPage.ts';
import { addressFor } from '../listening.ts';
import { openApiOf } from '../openApi.ts';
import { inArea, type Route, route } from '../route.ts';

/** A text as it leaves, so that no request pays for its encoding. */
interface Kept {
  readonly content: Buffer;
  readonly tag: string;
}

const keep = (text: string): Kept => {
  const content = Buffer.from(text);
  return { content, tag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"` };
};

/** Addresses whose texts are kept: a machine seldom has more. */
const ADDRESSES = 8;

const keptBy = (make: (address: string) => string): ((address: string) => Kept) => {
  const texts = new LRUCache<string, Kept>({ max: ADDRESSES });
  return (address) => {
    const kept = texts.get(address) ?? keep(make(address));
    texts.set(address, kept);
    return kept;
  };
};

/** A client that has the text already is not sent it again. */
const serve = (ctx: Context, { content, tag }: Kept, headers: Readonly<Record<string, string>>) => {
  const common = { ...headers, 'Cache-Control': 'no-cache', ETag: tag };
  if (fresh({ 'if-none-match': ctx.req.headers['if-none-match'] }, { etag: tag }))
    return { status: 304, headers: common };
  return { headers: common, content };
};

const frontPage = keep(
  pageOf(
    'Verbatim',
    html`<main><h1>Verbatim</h1><p>A chat server. Its documentation: <a href="/docs">/docs</a>,
for machines <a href="/v1/openapi.json">/v1/openapi.json</a>.</p></main>`,
  ),
);

/** `others`: the routes to describe beside these. */
export const documentationRoutes = (others: readonly Route[]): readonly Route[] => {
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': pagePolicy };
  const json = { 'Content-Type': 'application/json; charset=utf-8' };
  // Made once for each address at which the server is reached: the routes do not change while the program runs.
  const openApi = keptBy((address) => JSON.stringify(openApiOf([...others, ...own], address)));
  const docs = keptBy((address) => docsPageOf([...others, ...own], address));
  const own: readonly Route[] = inArea('documentation', [
    route({
      name: 'getFrontPage',
      method: 'GET',
      path: '/',
      summary: 'Where to go from here',
      access: 'public',
      answers: {
        200: { description: 'A small page.', mediaType: 'text/html', example: '<!doctype html>…' },
        304: null,
      },
      handle: async ({ ctx }) => serve(ctx, frontPage, headers),
    }),
    route({
      name: 'getDocs',
      method: 'GET',
      path: '/docs',
      summary: 'This page',
      access: 'public',
      answers: {
        200: {
          description: 'A page that needs nothing from elsewhere.',
          mediaType: 'text/html',
          example: '<!doctype html>…',
        },
        304: null,
      },
      handle: async ({ services: { config }, ctx }) =>
        serve(ctx, docs(addressFor(config.PUBLIC_URL, ctx.req.socket)), headers),
    }),
    route({
      name: 'getOpenApi',
      method: 'GET',
      path: '/v1/openapi.json',
      summary: 'This API, described for machines',
      access: 'public',
      answers: {
        200: z
          .looseObject({ openapi: z.literal('3.1.0').describe('The version of OpenAPI.') })
          .describe('An OpenAPI document.'),
        304: null,
      },
      handle: async ({ services: { config }, ctx }) =>
        serve(ctx, openApi(addressFor(config.PUBLIC_URL, ctx.req.socket)), json),
    }),
  ]);
  return own;
};
