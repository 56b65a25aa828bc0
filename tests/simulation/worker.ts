/** Worker: the child process of a pool; it runs one batch after the other until it is told no more. */
import { type BatchOrder, runBatch } from './batch.ts'

// Every refusal is an error, and its stack costs more than the rest of it. Whoever looks at a seed runs it again.
Error.stackTraceLimit = 0

process.on('message', (order: BatchOrder) => {
  void runBatch(order).then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit())
