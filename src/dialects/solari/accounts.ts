// Solari: registering and logging in.

import { keyOf, passwordSignIn, registering } from '../django/accounts.ts';
import { ApiError } from '../django/apiErrors.ts';
import { rawField } from '../django/body.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, created, ok, openRoute } from '../django/route.ts';
import { textIn } from '../django/text.ts';
import { visible } from '../shared/find.ts';
import { isTaken } from '../shared/names.ts';
import { isRegistration, registration, registrationChecks, splitName } from './forms.ts';
import { pictureFor, presentLogin } from './wire.ts';

export const EMAIL_TAKEN = 'User email already exists';

const logIn = async (request: ApiRequest): Promise<Answer> => {
  const body = await request.body();
  const [email, sent] = [rawField(body, 'email'), rawField(body, 'password')];
  if (email == null || sent == null) throw new ApiError(401, { message: 'Email and password must be provided' });
  // An answer, not an error: like the original, it has no `WWW-Authenticate`.
  const wrong = { status: 401, body: { message: 'Incorrect Credentials' } };
  const [name, password] = [textIn(email), textIn(sent)];
  if (name === undefined || password === undefined) return wrong;
  const account = await passwordSignIn(request, { name, password, by: ['email', 'username'] });
  if (!account) return wrong;
  const before = await visible(request.services.queries.user(account.userId));
  const photo = pictureFor(request, account, before, before.avatar);
  return ok(presentLogin(before, photo, account, await keyOf(request, account)));
};

const checked = async (request: ApiRequest) => {
  const { core } = request.services;
  const body = await request.body();
  const wanted = rawField(body, 'email');
  // Like the original: before the fields are checked, and alone.
  if (typeof wanted === 'string' && (await isTaken(core, 'email', wanted)))
    throw new ApiError(400, { message: EMAIL_TAKEN });
  return request.validate(registration, registrationChecks(request));
};

const register = async (request: ApiRequest): Promise<Answer> => {
  await registering(
    request,
    registration,
    ({ full_name, phone_number: phone, ...fields }) => ({ ...fields, ...splitName(full_name), phone }),
    () => checked(request),
  );
  return created({ message: 'created' });
};

export const accountRoutes = [
  openRoute('/api/login/', { POST: logIn }, { shared: 'merged' }),
  openRoute('/api/register/', { POST: register }, { shared: isRegistration }),
];
