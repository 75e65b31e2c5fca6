// nargil: its routes, its sockets, and how its errors look.

import { type ApiError, noMatch } from '../django/apiErrors.ts';
import { django } from '../django/django.ts';
import { chatRoutes } from './chatRoutes.ts';
import { mediaRoutes } from './media.ts';
import { peopleRoutes } from './peopleRoutes.ts';
import { nargilScheme } from './scheme.ts';
import { nargilSignOn, settings } from './signOn.ts';
import { nargilSockets } from './sockets.ts';
import { errors, PlainError } from './texts.ts';

/** Puts the framework's errors into this API's envelope; the errors of its own views have none. */
const wrap = (error: ApiError): unknown => {
  if (error instanceof PlainError) return error.body;
  const { detail = error.body } = error.body as { detail?: unknown };
  return { status: { code: error.status, message: 'An error occurred.', type: 'fail' }, data: [], error: detail };
};

export const nargil = django({
  name: 'nargil',
  settings,
  scheme: nargilScheme,
  signOn: nargilSignOn,
  sockets: nargilSockets,
  wrap,
  fieldNames: { name: 'group_name' },
  refusals: {
    'cannot-add-to-this-kind': errors.mayNotChangeMembers,
    'cannot-leave-this-kind': errors.mayNotChangeMembers,
    'conversation-unknown': () => noMatch('Group'),
    'group-name-taken': errors.nameTaken,
    'not-a-member': errors.mayNotChangeMembers,
    'not-a-moderator': errors.mayNotChangeMembers,
    'not-an-owner': errors.mayNotChangeMembers,
    'slug-taken': errors.slugTaken,
    'user-unknown': errors.userUnknown,
  },
  routes: [...peopleRoutes, ...chatRoutes, ...mediaRoutes],
});
