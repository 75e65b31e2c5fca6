// Builds the next generation of views beside the one that serves, as fast as one thread can write.

import { type Checkpoint, type Placed, Unavailable, type ViewBuild } from '../ports.ts';
import { dropOthers, nextGeneration, viewFile, writePointer } from './viewFiles.ts';
import { rowsOf } from './viewRows.ts';
import type { ViewShape } from './viewSchema.ts';
import { startViewThread, type ViewThread } from './viewThread.ts';

/** Batches handed to the thread and not yet answered: the reader of the log and the writer overlap, within bounds. */
const AHEAD = 3;

/**
 * In: the lock of builds, which the build gives back when it ends; `swapped` is called once its views serve.
 * `apply` of this build resolves when the batch is handed over; what goes wrong with it is thrown by a later `apply` or by `finish`.
 */
export async function startViewBuild(
  directory: string,
  shape: ViewShape,
  unlock: () => void,
  swapped: () => Promise<void>,
): Promise<ViewBuild> {
  let thread: ViewThread | undefined;
  let ending: Promise<void> | undefined;
  const drop = async () => {
    await thread?.stop();
    await dropOthers(directory).finally(unlock);
  };
  const end = () => {
    ending ??= drop();
    return ending;
  };
  try {
    await dropOthers(directory);
    const generation = await nextGeneration(directory);
    thread = startViewThread({
      file: viewFile(directory, generation),
      collections: shape.collections,
      build: true,
    });
    await thread.ask({ ask: 'open' });
    return viewBuild(shape, thread, {
      end,
      async serve() {
        await writePointer(directory, generation);
        await swapped();
      },
    });
  } catch (error) {
    await end();
    throw isOutage(error) ? new Unavailable('views', error) : error;
  }
}

interface Steps {
  serve(): Promise<void>;
  end(): Promise<void>;
}

function viewBuild({ tables }: ViewShape, thread: ViewThread, { serve, end }: Steps): ViewBuild {
  const handed: Promise<void>[] = [];
  let failure: unknown;
  let from = 0;
  let ended: boolean = false;
  let finishing: Promise<void> | undefined;
  const check = () => {
    if (ended) throw new Error('the build has ended');
    if (failure !== undefined) throw failure;
  };
  const finish = async () => {
    try {
      await Promise.all(handed);
      check();
      ended = true;
      await thread.ask({ ask: 'finish' });
      await serve();
    } catch (error) {
      throw isOutage(error) ? new Unavailable('views', error) : error;
    } finally {
      ended = true;
      await end();
    }
  };
  return {
    async apply(batch: readonly Placed[], checkpoint: Checkpoint) {
      check();
      if (checkpoint.position <= from) return;
      const rows = rowsOf(tables, batch, from);
      const answer = thread.ask({ ask: 'apply', batch: rows, from, to: checkpoint });
      from = checkpoint.position;
      handed.push(
        answer.catch((error: unknown) => {
          failure ??= error;
        }),
      );
      if (handed.length >= AHEAD) await handed.shift();
    },
    finish() {
      finishing ??= finish();
      return finishing;
    },
    async abandon() {
      await finishing?.catch(() => undefined); // who asked to finish hears of it; half-way a swap cannot be left
      ended = true;
      await end();
    },
  };
}

/** Whether the system refused (a full disk, say); what the thread said is already told apart. */
function isOutage(error: unknown): boolean {
  return (error as { code?: unknown }).code !== undefined;
}
