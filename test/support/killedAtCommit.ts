// Loaded before the program, it kills the process behind a commit of the event log: `KILLED_AT_COMMIT` counts them from 1.

import { DatabaseSync } from 'node:sqlite';

const { prepare } = DatabaseSync.prototype;
let left = Number(process.env.KILLED_AT_COMMIT);

DatabaseSync.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  if (sql !== 'COMMIT') return statement;
  const run = statement.run.bind(statement);
  return Object.assign(statement, {
    run: () => {
      const done = run();
      left -= 1;
      if (left === 0) process.kill(process.pid, 'SIGKILL');
      return done;
    },
  });
};
