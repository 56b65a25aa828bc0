/** The command line of a campaign: every option says what it is for, `--help` prints that, and a mistake is one line. */
import { type ParseArgsConfig, parseArgs } from 'node:util'

/** Reads the arguments. Ends the process after `--help`, and with status 2 where they make no sense. */
export function readCommandLine<T extends OptionTable>(command: string, options: T, args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options: { ...options, help: HELP } })
    if ((values as { help?: boolean }).help) {
      console.log(formatHelp(command, options))
      process.exit(0)
    }
    return values
  } catch (error) {
    // Node's message goes on with advice for positional arguments.
    return refuse(`${(error as Error).message.split('. ')[0]}; --help lists the options`)
  }
}

export function readWhole(name: string, given: string | undefined, least = 1): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (given.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value
  return refuse(`--${name} is a whole number from ${least}`)
}

export function refuse(line: string): never {
  console.error(line)
  process.exit(2)
}

function formatHelp(command: string, options: OptionTable): string {
  const all: OptionTable = { ...options, help: HELP }
  const lines = Object.entries(all).map(([name, { type, value = 'N', help }]) => [
    type === 'boolean' ? `--${name}` : `--${name} ${value}`,
    help,
  ])
  const width = Math.max(...lines.map(([name]) => (name ?? '').length))
  return [`Usage: ${command}`, '', ...lines.map(([name, help]) => `  ${name?.padEnd(width)}  ${help}`)].join('\n')
}

const HELP = { type: 'boolean', default: false, help: 'print this' } as const

// --- types ---

/** Options of `parseArgs`, and for each what `--help` says. */
export type OptionTable = Readonly<Record<string, OptionWithHelp>>

type OptionWithHelp = NonNullable<ParseArgsConfig['options']>[string] & {
  help: string
  /** What stands for the option's value; N if left out. */
  value?: string
}
