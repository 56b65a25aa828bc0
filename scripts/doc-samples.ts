/** Compiles the TypeScript samples of the documents against the packages' sources. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The ```ts and ```tsx samples of a document. A first line `// app/page.tsx` names the sample's file, so that samples of
 * one document import each other as `./x` or `@/x`. ```ts authjs means Auth.js v5: there `next-auth` is that version.
 */
export function findSamples(document: string, text: string): Sample[] {
  const samples: Sample[] = []
  let open: Sample | undefined
  for (const [i, line] of text.split('\n').entries()) {
    const fence = /^(\s*)```\s*(\S*)\s*(.*)$/.exec(line)
    if (open && fence && fence[2] === '') {
      samples.push(nameSample(open))
      open = undefined
    } else if (open) open.lines.push(line)
    else if (fence && (fence[2] === 'ts' || fence[2] === 'tsx')) {
      open = {
        document,
        firstLine: i + 2,
        language: fence[2],
        isAuthJs: /\bauthjs\b/.test(fence[3] ?? ''),
        lines: [],
        isNamed: false,
        path: '',
      }
    } else if (fence && fence[2] !== '') open = undefined
  }
  if (open) throw new Error(`${document}:${open.firstLine - 1}: the fence isn't closed`)
  return samples
}

/** The samples of all these documents. */
export function readSamples(root: string, documents: readonly string[]): Sample[] {
  return documents.flatMap((document) => findSamples(document, readFileSync(join(root, document), 'utf8')))
}

/** The lines of code in samples: neither blank nor a comment. */
export function countLines(samples: readonly Sample[]): number {
  return samples.flatMap(({ lines }) => lines).filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length
}

/** Writes the samples below `<root>/.samples` and type-checks them. Returns the compiler's complaints, by document line. */
export function checkSamples(root: string, samples: readonly Sample[]): string[] {
  const folder = join(root, samplesFolder)
  rmSync(folder, { recursive: true, force: true })
  const complaints = groupSamples(samples).flatMap((group, i) => {
    const home = join(folder, String(i))
    for (const sample of group) {
      const path = join(home, sample.path)
      mkdirSync(dirname(path), { recursive: true })
      // Blank lines before it: a complaint then names the line of the document.
      writeFileSync(path, `${'\n'.repeat(sample.firstLine - 1)}${sample.lines.join('\n')}\n`)
    }
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify(createConfig(root, group[0]?.isAuthJs === true)))
    return compile(root, home, group)
  })
  // A sample that belongs to two apps is wrong once.
  return [...new Set(complaints)]
}

/** Samples of one document are one app. One that defines a file again begins another: the same app with that file new. */
function groupSamples(samples: readonly Sample[]): Sample[][] {
  const groups: Sample[][] = []
  for (const sample of samples) {
    const current = groups.findLast(
      ([first]) => first?.document === sample.document && first.isAuthJs === sample.isAuthJs,
    )
    if (!current) groups.push([sample])
    else if (current.every(({ path }) => path !== sample.path)) current.push(sample)
    else groups.push([...current.filter(({ path }) => path !== sample.path), sample])
  }
  return groups
}

function nameSample(sample: Sample): Sample {
  const named = /^(?:\/\/|\/\*)\s*([\w@[(][\w./@[\]()-]*\.tsx?)\b/.exec(sample.lines[0] ?? '')?.[1]
  return { ...sample, isNamed: named !== undefined, path: named ?? `sample-${sample.firstLine}.${sample.language}` }
}

/** What a new Next.js app has in its tsconfig, besides the packages' sources. */
function createConfig(root: string, isAuthJs: boolean): object {
  const authJs = {
    'next-auth': ['../../node_modules/next-auth-v5'],
    'next-auth/*': ['../../node_modules/next-auth-v5/*'],
  }
  return {
    compilerOptions: {
      target: 'ES2024',
      lib: ['ES2025', 'ESNext.Disposable', 'DOM', 'DOM.Iterable'],
      module: 'esnext',
      moduleResolution: 'bundler',
      moduleDetection: 'force',
      customConditions: ['@parlor/source'],
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      isolatedModules: true,
      esModuleInterop: true,
      jsx: 'react-jsx',
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      types: ['node', 'next'],
      paths: { '@/*': ['./*'], ...(isAuthJs && authJs) },
    },
    include: ['**/*.ts', '**/*.tsx', ...(existsSync(join(root, ambientPath)) ? [`../../${ambientPath}`] : [])],
  }
}

function compile(root: string, home: string, group: readonly Sample[]): string[] {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', home, '--pretty', 'false'], {
    cwd: home,
    encoding: 'utf8',
  })
  if (status === 0) return []
  const complaints = stdout.split('\n').filter((line) => line.trim() !== '')
  return [...complaints, ...(complaints.length === 0 ? [stderr.trim() || `tsc ended with ${status}`] : [])].map(
    (line) => {
      const sample = group.find(({ path }) => line.startsWith(`${path}(`))
      return sample ? line.replace(/^[^(]+\((\d+),\d+\)/, `${sample.document}:$1`) : line
    },
  )
}

const samplesFolder = '.samples'
// Modules that a reader has and no sample shows.
const ambientPath = 'docs/samples.d.ts'

// --- types ---

export interface Sample {
  document: string
  /** Of the sample's text in the document, from 1. */
  firstLine: number
  language: 'ts' | 'tsx'
  isAuthJs: boolean
  lines: string[]
  /** Its first line says its file. */
  isNamed: boolean
  /** Where it lies in the app that the document builds. */
  path: string
}
