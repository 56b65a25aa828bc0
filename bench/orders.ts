/** The other end of `ask` (lab.ts): a process that does what its parent orders, and tells what came of it. */

export function answerOrders<O>(obey: (order: O) => Promise<unknown>): void {
  process.on('message', (order: O) => {
    obey(order).then(
      (result) => process.send?.({ result }),
      (error: Error) => process.send?.({ error: error.message }),
    )
  })
  // Nothing is left behind when the parent is gone.
  process.on('disconnect', () => process.exit(1))
}
