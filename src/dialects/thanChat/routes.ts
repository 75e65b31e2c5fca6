// The routes of ThanChat.

import type { Dialect } from '../django/dialect.ts';
import { tokenScheme } from '../django/schemes.ts';

export const thanChat: Dialect = {
  name: 'thanChat',
  prefix: '/thanchat',
  scheme: tokenScheme,
  routes: [],
};
