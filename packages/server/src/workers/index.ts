/** @parlor/server/workers: the service in several processes behind one port. */
export { isWorker, leave, onStop } from './worker.ts'
export { readWorkersConfig, Workers, type WorkersConfig, type WorkersOptions } from './workers.ts'
