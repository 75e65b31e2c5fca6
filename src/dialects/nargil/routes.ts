// nargil: its routes, its sockets, and how its errors look.

import { type ApiError, noMatch } from '../django/apiErrors.ts';
import { django } from '../django/django.ts';
import { chatRoutes } from './chatRoutes.ts';
import { mediaRoutes } from './media.ts';
import { peopleRoutes } from './peopleRoutes.ts';
import { settings } from './settings.ts';
import { nargilScheme, nargilSignOn } from './signOn.ts';
import { nargilSockets } from './sockets.ts';
import { errors, isPlainError } from './texts.ts';

/** Puts the framework's errors into this API's envelope; the errors of its own views have none. */
const wrap = ({ status, body }: ApiError): unknown => {
  if (isPlainError(body)) return body;
  const { detail } = body as { detail?: unknown };
  return {
    status: { code: status, message: 'An error occurred.', type: 'fail' },
    data: [],
    error: detail ?? body,
  };
};

export const nargil = django({
  name: 'nargil',
  settings,
  scheme: nargilScheme,
  signOn: nargilSignOn,
  sockets: nargilSockets,
  wrap,
  refusals: {
    'cannot-add-to-this-kind': errors.mayNotChangeMembers,
    'cannot-leave-this-kind': errors.mayNotChangeMembers,
    'conversation-unknown': () => noMatch('Group'),
    'group-name-taken': errors.nameTaken,
    'not-a-member': errors.mayNotChangeMembers,
    'not-an-owner': errors.mayNotChangeMembers,
    'slug-taken': errors.slugTaken,
    'user-unknown': errors.userUnknown,
  },
  routes: [...peopleRoutes, ...chatRoutes, ...mediaRoutes],
});
