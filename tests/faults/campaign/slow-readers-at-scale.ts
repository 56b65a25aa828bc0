/** The full campaign's last part: 5,000 connections, of which 500 stop reading. It measures, so nothing runs beside it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Runs it in a process of its own. What it says, and whether G9 held. */
export async function runSlowReadersAtScale(): Promise<{ lines: string[]; isGood: boolean }> {
  const script = join(import.meta.dirname, '../slow-readers.ts')
  const child = spawn(process.execPath, [...process.execArgv, script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(line)
    lines.push(line)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { lines, isGood: code === 0 }
}
