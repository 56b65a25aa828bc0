/** The generator's process: makes a crowd, lets it send, and tells its parent what came of it. Started by `Lab`. */
import { Crowd, type CrowdOptions, type JoinResult, type Load, type LoadResult } from './crowd.ts'
import { measureSync, type SyncOptions, type SyncResult } from './fdatasync.ts'
import { answerOrders } from './orders.ts'

let crowd: Crowd | undefined

answerOrders(obey)

async function obey(order: Order): Promise<JoinResult | LoadResult | SyncResult> {
  if (order.sync) return measureSync(order.sync)
  if (order.join) {
    crowd = new Crowd(order.join)
    return crowd.join()
  }
  if (!crowd) throw new Error('nobody has joined')
  return crowd.run(order.run)
}

// --- types ---

export type Order =
  | { join: CrowdOptions; run?: undefined; sync?: undefined }
  | { run: Load; join?: undefined; sync?: undefined }
  | { sync: SyncOptions; join?: undefined; run?: undefined }
