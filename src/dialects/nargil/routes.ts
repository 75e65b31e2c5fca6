// The routes of nargil.

import type { Dialect } from '../django/dialect.ts';
import { tokenScheme } from '../django/schemes.ts';

export const nargil: Dialect = {
  name: 'nargil',
  prefix: '/nargil',
  scheme: tokenScheme,
  routes: [],
};
