// ThanChat: registering, and one's own account.

import { changeAccount } from '../../commands/changeAccount.ts';
import { changePassword } from '../../commands/changePassword.ts';
import { type User, users } from '../../domain/user.ts';
import { askingForNames, registering } from '../django/accounts.ts';
import { notAuthenticated, notFound, validationError } from '../django/apiErrors.ts';
import { type Attributes, passwordErrors } from '../django/passwordRules.ts';
import type { ApiRequest, UserRequest } from '../django/request.ts';
import { type Answer, created, noContent, ok, openRoute, route } from '../django/route.ts';
import type { Valid } from '../django/serializer.ts';
import { unlessTaken, withLowerDomain } from '../shared/names.ts';
import { newAccount, newPassword, ownAccountOf, presentAccount, presentMe, profileOf } from './wire.ts';

const EMAIL_TAKEN = 'user with this email already exists.';
const USERNAME_TAKEN = 'A user with that username already exists.';

const nameChecks = ({ services: { core } }: ApiRequest, ownId?: string) => ({
  email: unlessTaken(core, 'email', EMAIL_TAKEN, ownId),
  username: unlessTaken(core, 'username', USERNAME_TAKEN, ownId),
});

/** @throws ApiError 400 under `field` */
const checkStrength = async (
  request: ApiRequest,
  field: string,
  password: string,
  attributes: Attributes,
): Promise<void> => {
  const weak = await passwordErrors(request, password, attributes);
  if (weak.length > 0) throw validationError({ [field]: weak });
};

const checked = async (request: ApiRequest): Promise<Valid<typeof newAccount>> => {
  const fields = await request.validate(newAccount, nameChecks(request));
  const { username, first_name, last_name, email } = fields;
  const attributes = { username, 'first name': first_name, 'last name': last_name, email };
  await checkStrength(request, 'password', fields.password, attributes);
  return fields;
};

const register = async (request: ApiRequest): Promise<Answer> => {
  const { user } = await registering(
    request,
    newAccount,
    ({ email, first_name: firstName, last_name: lastName, phone: contactPhone, ...fields }) => ({
      ...fields,
      email: withLowerDomain(email),
      firstName,
      lastName,
      contactPhone,
    }),
    () => checked(request),
  );
  return created(presentAccount(user));
};

/** `HIDE_USERS`: callers find only themselves here. */
const list = async ({ user }: ApiRequest<unknown, User | undefined>): Promise<Answer> => {
  if (user === undefined) throw notAuthenticated();
  return ok([presentAccount(user)]);
};

const change = async (
  request: UserRequest,
  changes: Partial<Valid<ReturnType<typeof ownAccountOf>>>,
): Promise<User> => {
  const {
    email,
    username,
    first_name: firstName,
    last_name: lastName,
    phone: contactPhone,
    address,
    current_password: current,
  } = changes;
  await request.perform(changeAccount, {
    email: email === undefined ? undefined : withLowerDomain(email),
    username,
    firstName,
    lastName,
    contactPhone,
    address,
    current,
  });
  return request.services.core.ledger.load(users, request.user.userId);
};

const changeMe = async (request: UserRequest): Promise<Answer> => {
  const { email } = nameChecks(request, request.user.userId);
  const changes = await askingForNames(request, () => request.validateChange(profileOf(request.user), { email }));
  return ok(presentMe(await change(request, changes)));
};

type ById = UserRequest<{ readonly id: number }>;

const checkOwn = ({ params, user }: ById): void => {
  if (params.id !== user.number) throw notFound();
};

const changeOwn = async (request: ById): Promise<Answer> => {
  checkOwn(request);
  const checks = nameChecks(request, request.user.userId);
  const changes = await askingForNames(request, () => request.validateChange(ownAccountOf(request.user), checks));
  return ok(presentAccount(await change(request, changes)));
};

const setPassword = async (request: UserRequest): Promise<Answer> => {
  const { new_password: password, current_password: current } = await request.validate(newPassword);
  const { names, profile: known } = request.user;
  const { username, email } = names;
  const attributes = { username, 'first name': known.firstName, 'last name': known.lastName, email };
  await checkStrength(request, 'new_password', password, attributes);
  await request.perform(changePassword, { current, password, sessionId: request.sessionId });
  return noContent;
};

export const accountRoutes = [
  openRoute('/userauth/', { GET: async (request) => ok({ users: request.absolute('/userauth/users/') }) }),
  openRoute('/userauth/users/', { GET: list, POST: register }),
  route('/userauth/users/me/', { GET: async ({ user }) => ok(presentMe(user)), PUT: changeMe, PATCH: changeMe }),
  route('/userauth/users/set_password/', { POST: setPassword }),
  route('/userauth/users/<number:id>/', {
    GET: async (request) => {
      checkOwn(request);
      return ok(presentAccount(request.user));
    },
    PUT: changeOwn,
    PATCH: changeOwn,
  }),
];
