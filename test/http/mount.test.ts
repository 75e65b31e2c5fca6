// Which of the APIs answers for a path.

import Router from '@koa/router';
import { expect, it } from 'vitest';
import type { RequestState } from '../../src/http/context.ts';
import { type Mount, mountTable } from '../../src/http/mount.ts';

const mount = (name: string, ...paths: readonly string[]): Mount => {
  const router = new Router<RequestState>({ sensitive: true });
  for (const path of paths) router.register(path, ['GET'], () => undefined);
  return { name, router, fail: () => undefined };
};

const mountOf = mountTable([
  mount('chats', '/api/chats/:id', '/api/chats/:id/messages', '/'),
  mount('people', '/api/people', '/api/:kind/new'),
  mount('other', '/other/:id/', '/api/people', '/old', '/old/*rest', '/api/people/*rest', '/api/chats/all'),
]);

it.each([
  ['/', 'chats'],
  ['/api/chats/7', 'chats'],
  ['/api/chats/7/', 'chats'],
  ['/api/chats/7/messages', 'chats'],
  ['/api/people', 'people'],
  ['/api/rooms/new', 'people'],
  ['/other/1', 'other'],
  ['/other/1/', 'other'],
  ['/old/', 'other'],
  ['/old/1//2/', 'other'],
  ['/api/people/7', 'other'],
])('%s has a route in %s', (path, name) => {
  expect(mountOf(path)?.name).toBe(name);
});

it.each(['/api/chats/new', '/api/chats/all'])('of two with a route for %s the first answers', (path) => {
  expect(mountOf(path)?.name).toBe('chats');
});

it('a route for a path answers before a later one for all paths below', () => {
  expect(mountOf('/api/people/new')?.name).toBe('people');
});

it.each(['/api/chats', '/api/chats//messages', '/api/chats/7/Messages', '/api/chats/7/messages/8/9'])(
  '%s has no route, and the first API that begins alike says so',
  (path) => {
    expect(mountOf(path)?.name).toBe('chats');
  },
);

it.each(['/Api/people', '/others', '/other%2F1'])('%s belongs to none', (path) => {
  expect(mountOf(path)).toBeUndefined();
});

it.each(['/a/{b}', '/a/*rest/b', '/a/x-:id'])('a route at %s is refused when the program starts', (path) => {
  expect(() => mountTable([mount('a', path)])).toThrow(TypeError);
});
