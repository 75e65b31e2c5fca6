// The settings of the program under load.

export const environment = (dataDir: string): Record<string, string> => ({
  DATA_DIR: dataDir,
  HOST: '127.0.0.1',
  PORT: '0',
  BCRYPT_COST: '4',
  // The load comes from one address, at more than one person's rate. MIN_FREE: the machine may have a small disk.
  LIMITS: 'off',
  MIN_FREE: '0',
  MIN_FREE_MESSAGES: '0',
  LOG_LEVEL: 'warn',
  EVENTSTORE_URL: '',
  MONGODB_URL: '',
  AUTH_SECRET: '',
});
