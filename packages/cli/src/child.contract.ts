/** What the tests of the command line ask a command that runs in a process of its own. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Everything that it said until it ended, and its exit code. */
export async function finish(child: ChildProcess): Promise<{ output: string; code: number | null }> {
  let output = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  child.stderr?.on('data', (chunk) => (output += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { output, code }
}

/** What a service logs when it listens. */
export async function readListening(child: ChildProcess): Promise<{ port: number }> {
  let output = ''
  for await (const chunk of child.stdout ?? []) {
    output += chunk
    const line = output.split('\n').find((text) => text.includes('"listening"'))
    if (line?.endsWith('}')) return JSON.parse(line) as { port: number }
  }
  throw new Error(`the service ended: ${output}`)
}
