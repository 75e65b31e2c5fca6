// The routes of Silicornya.

import type { Dialect } from '../django/dialect.ts';
import { tokenScheme } from '../django/schemes.ts';

export const silicornya: Dialect = {
  name: 'silicornya',
  prefix: '/silicornya',
  scheme: tokenScheme,
  routes: [],
};
