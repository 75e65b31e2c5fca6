// The routes of Solari.

import type { Dialect } from '../django/dialect.ts';
import { tokenScheme } from '../django/schemes.ts';

export const solari: Dialect = {
  name: 'solari',
  prefix: '/solari',
  scheme: tokenScheme,
  routes: [],
};
