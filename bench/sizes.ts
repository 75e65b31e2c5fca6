// How much each bench does.

export interface Sizes {
  /** Milliseconds to wait, before each bench, for the machine to have nothing else to do. */
  readonly quiet: number;
  /** Times each measurement and its reference are taken in turn. */
  readonly rounds: number;
  /** Of load in each round. */
  readonly seconds: number;
  /** Of load before the first round, for a server to be compiled. */
  readonly warmUp: number;
  /** HTTP connections that send, each of its own user. */
  readonly connections: number;
  /** Sockets of one room in `deliveries`, and messages told to them in a round. */
  readonly sockets: number;
  readonly told: number;
  /** Messages that the sockets of `reconnect` missed. */
  readonly missed: number;
  readonly idleSockets: number;
  /** Messages in the store of `rebuild`, `page`, `past-page` and `ready`. */
  readonly messages: number;
  readonly fewMessages: number;
  /** Of one person in `sync`. */
  readonly conversations: number;
  /** Pages read in a round. */
  readonly pages: number;
  /** Lines of the corpus that `import` makes for itself. */
  readonly lines: number;
}

export const full: Sizes = {
  quiet: 5000,
  rounds: 3,
  seconds: 3,
  warmUp: 6,
  connections: 64,
  sockets: 1000,
  told: 300,
  missed: 4000,
  idleSockets: 2000,
  messages: 200_000,
  fewMessages: 1000,
  conversations: 500,
  pages: 400,
  lines: 200_000,
};

/** Says nothing about speed: for a look at whether everything runs. */
export const tiny: Sizes = {
  quiet: 0,
  rounds: 1,
  seconds: 0.2,
  warmUp: 0.1,
  // The same number of people everywhere, so that one store is filled for all of them.
  connections: 5,
  sockets: 5,
  told: 5,
  missed: 20,
  idleSockets: 5,
  messages: 300,
  fewMessages: 60,
  conversations: 5,
  pages: 5,
  lines: 200,
};
