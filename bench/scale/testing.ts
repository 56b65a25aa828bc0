/** Constants with which a test can do its sums by hand. */
import type { Constants } from './constants.ts'

export function createConstants(changed: Partial<Constants> = {}): Constants {
  return {
    messageUs: 100,
    writeUs: 5,
    connectUs: 200,
    connectionKib: 8,
    processMib: 100,
    publishUs: 10,
    receiveUs: 20,
    headUs: 2,
    redisPublishUs: 6,
    redisReceiverUs: 4,
    postgresCommitUs: 200,
    postgresMessageUs: 50,
    postgresHeadUs: 1,
    postgresReadUs: 200,
    postgresReadMs: 10,
    commitsPerSecond: 10_000,
    refusalUs: 50,
    kernelKib: 6,
    roomKib: 3,
    deliveryBytes: 400,
    rowBytes: 1_000,
    ...changed,
  }
}
