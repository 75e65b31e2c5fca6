// The API about itself.

import { docsPageOf, docsPolicy, frontPage } from '../docsPage.ts';
import { openApiOf } from '../openApi.ts';
import { type Route, route } from '../route.ts';

const area = 'documentation';

/** Made when first asked for, then kept: the routes do not change while the program runs. */
const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** `others`: the routes to be described beside these. */
export const documentationRoutes = (others: readonly Route[]): readonly Route[] => {
  const policy = docsPolicy();
  const page = (content: string) => ({
    status: 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
      'Cache-Control': 'no-cache',
    },
    content,
  });
  const all = (): readonly Route[] => [...others, ...own];
  const openApi = once(() => JSON.stringify(openApiOf(all())));
  const docs = once(() => docsPageOf(all()));
  const own: readonly Route[] = [
    route({
      method: 'GET',
      path: '/',
      area,
      summary: 'Where to go from here',
      access: 'public',
      answers: { 200: 'A small page.' },
      handle: async () => page(frontPage()),
    }),
    route({
      method: 'GET',
      path: '/docs',
      area,
      summary: 'This page',
      access: 'public',
      answers: { 200: 'A page that needs nothing from elsewhere.' },
      handle: async () => page(docs()),
    }),
    route({
      method: 'GET',
      path: '/v1/openapi.json',
      area,
      summary: 'This API, described for machines',
      access: 'public',
      answers: { 200: 'An OpenAPI 3.1 document.' },
      handle: async () => ({
        status: 200,
        headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-cache' },
        content: openApi(),
      }),
    }),
  ];
  return own;
};
