// Changes the user's own account together with its password: all of the wish, or nothing.

import { checkNamed } from '../domain/credentials.ts';
import { users } from '../domain/user.ts';
import { accountChange, changeAccount } from './changeAccount.ts';
import { changePassword, passwordChange } from './changePassword.ts';
import { claiming } from './claiming.ts';
import { command, existing } from './command.ts';
import { isOwnPassword } from './confirm.ts';

const { password, sessionId } = changePassword.input.shape;

export const changeAccountAndPassword = command({
  // The sign-in confirms the change, and so does the present password in place of a new one.
  input: changeAccount.input.omit({ current: true }).extend({ password, sessionId }),
  refuses: [...new Set([...changeAccount.refuses, ...changePassword.refuses])],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: async (core, meta, { password, sessionId, ...wish }, { actor, origin }) => {
    // Clients of some APIs send all of an account back.
    const isSame = await isOwnPassword(core, origin, actor, password);
    if (!isSame) checkNamed(actor, wish);
    const changeOfPassword = isSame ? () => [] : await passwordChange(core, origin, actor, { password, sessionId });
    const confirming = isSame ? { current: password } : {};
    const { wanted, change } = await accountChange(core, meta, origin, actor, { ...wish, ...confirming });
    return claiming(core, meta, actor.userId, wanted, (claimed) =>
      core.ledger.transact(users, actor.userId, meta, (user) => [...changeOfPassword(user), ...change(user, claimed)]),
    );
  },
});
