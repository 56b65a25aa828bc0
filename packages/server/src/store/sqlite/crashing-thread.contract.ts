/** A thread that answers, until it is asked to crash or to end. */
import { serveThread } from './thread.ts'

serveThread(({ path }) => {
  if (path === 'unopenable') throw new Error('no such thing')
  return {
    answer: (request) => {
      if (request === 'crash') throw new Error('crashed as asked')
      if (request === 'end') process.exit(3)
      return `${request} in ${path}`
    },
    close: () => {},
  }
})
