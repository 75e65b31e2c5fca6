// The settings of the program under load.

export const environment = (dataDir: string): Record<string, string> => ({
  DATA_DIR: dataDir,
  HOST: '127.0.0.1',
  PORT: '0',
  BCRYPT_COST: '4',
  LOG_LEVEL: 'warn',
  EVENTSTORE_URL: '',
  MONGODB_URL: '',
  AUTH_SECRET: '',
});
