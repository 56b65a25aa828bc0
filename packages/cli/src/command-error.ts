/** CommandError is a failure that the person at the terminal can mend: its message is the one line they see. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}
