// The routes of Django-Chat-Server.

import type { Dialect } from '../django/dialect.ts';
import { bearerScheme } from '../django/schemes.ts';

export const djangoChat: Dialect = {
  name: 'djangoChat',
  prefix: '/django-chat',
  scheme: bearerScheme,
  routes: [],
};
