// Solari: registering and logging in.

import { ownerOf } from '../../commands/claims.ts';
import { signInWithKey } from '../../commands/signInWithKey.ts';
import { Unavailable } from '../../store/ports.ts';
import { ApiError } from '../django/apiErrors.ts';
import { anonymous, passwordSignIn } from '../django/passwordSignIn.ts';
import { rawField } from '../django/rawField.ts';
import { registering } from '../django/registering.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, created, ok, openRoute } from '../django/route.ts';
import { isRegistration, presentLogin, registration, registrationChecks, splitName } from './wire.ts';

export const EMAIL_TAKEN = 'User email already exists';

const logIn = async (request: ApiRequest): Promise<Answer> => {
  const body = await request.body();
  const [name, password] = [rawField(body, 'email'), rawField(body, 'password')];
  if (name == null || password == null) throw new ApiError(401, { message: 'Email and password must be provided' });
  // Returned, not thrown: without `WWW-Authenticate`, as the original.
  const wrong = { status: 401, body: { message: 'Incorrect Credentials' } };
  if (typeof name !== 'string' || typeof password !== 'string') return wrong;
  const account = await passwordSignIn(request, { name, password, by: ['email', 'username'] });
  if (!account) return wrong;
  const { core, queries } = request.services;
  const before = await queries.user(account.userId);
  if (!before) throw new Unavailable('views');
  const { key, position } = await signInWithKey(core, anonymous(request), account);
  await request.settle(position);
  return ok(presentLogin(before, account, key));
};

const register = async (request: ApiRequest): Promise<Answer> => {
  await registering(
    request,
    registration,
    ({ full_name, email, phone_number, password }) => ({
      ...splitName(full_name),
      email,
      phone: phone_number,
      password,
    }),
    () => checked(request),
  );
  return created({ message: 'created' });
};

const checked = async (request: ApiRequest) => {
  const { core } = request.services;
  const body = await request.body();
  const wanted = rawField(body, 'email');
  // Before the fields are looked at, and alone, as the original does.
  if (typeof wanted === 'string' && (await ownerOf(core, 'email', wanted)) !== undefined)
    throw new ApiError(400, { message: EMAIL_TAKEN });
  const isTaken = async (phone: string) => (await ownerOf(core, 'phone', phone)) !== undefined;
  return request.validate(registration, registrationChecks(isTaken), body);
};

export const accountRoutes = [
  openRoute('/api/login/', { POST: logIn }, { shared: 'merged' }),
  openRoute('/api/register/', { POST: register }, { shared: isRegistration }),
];
