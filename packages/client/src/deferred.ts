/** Deferred: a promise that is settled from outside, and that nobody has to await. */

export interface Deferred<T> {
  promise: Promise<T>
  resolve(value: T): void
  reject(error: Error): void
}

/** A rejection of it is never an unhandled one: the snapshot carries the error too. */
export function defer<T>(): Deferred<T> {
  const { promise, resolve, reject } = withResolvers<T>()
  promise.catch(() => {})
  return { promise, resolve, reject }
}

/** As `defer`, rejected from the start. */
export function refuse<T>(error: Error): Promise<T> {
  const { promise, reject } = defer<T>()
  reject(error)
  return promise
}

/** `Promise.withResolvers` is younger than the engines we support. */
function withResolvers<T>(): Deferred<T> {
  let resolve: Deferred<T>['resolve'] = () => {}
  let reject: Deferred<T>['reject'] = () => {}
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
