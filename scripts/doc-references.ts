/** Checks what the documents point at: files, symbols in files, headings, settings. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { listFiles, readSource } from './source.ts'

/** The documents of the project, from the root. */
export function listDocuments(root: string): string[] {
  const top = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'UPGRADING.md']
  const folders = ['docs', 'deploy', 'packages', 'apps'].filter((folder) => existsSync(join(root, folder)))
  const inside = folders.flatMap((folder) => listFiles(root, folder, /\.md$/))
  return [...top.filter((path) => existsSync(join(root, path))), ...inside]
}

/** `file#symbol` in a document, with the path from the root or as a link from the document's folder. */
export function findReferences(root: string, document: string): Reference[] {
  const lines = readFileSync(join(root, document), 'utf8').split('\n')
  return lines.flatMap((text, i) => {
    const coded = [...text.matchAll(/`([\w./@[\]-]+\.(?:ts|tsx|js|mjs|css|sql))#([\w$.]+)(?:\(\))?`/g)]
    const linked = [...text.matchAll(/\]\(([\w./@[\]-]+\.(?:ts|tsx|js|mjs))#([\w$.]+)\)/g)]
    const at = { document, line: i + 1 }
    return [
      ...coded.map(([, file = '', symbol = '']) => ({ ...at, file, symbol })),
      ...linked.map(([, file = '', symbol = '']) => ({
        ...at,
        file: normalize(join(dirname(document), file)),
        symbol,
      })),
    ]
  })
}

/** References to files that aren't there, or that don't declare the symbol. */
export function checkReferences(root: string, references: readonly Reference[]): string[] {
  return references.flatMap(({ document, line, file, symbol }) => {
    const say = (what: string) => [`${document}:${line}: ${what}`]
    if (!existsSync(join(root, file))) return say(`${file} doesn't exist`)
    if (/^L\d+$/.test(symbol)) return say(`${file}#${symbol} names a line; name the symbol, lines move`)
    if (!readSource(root, file).declared.has(symbol)) return say(`${file} declares no ${symbol}`)
    return []
  })
}

/** Links and paths in backticks whose file or heading isn't there. */
export function checkLinks(root: string, document: string): string[] {
  const lines = withoutSamples(readFileSync(join(root, document), 'utf8').split('\n'))
  return lines.flatMap((text, i) => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    const paths = [...text.matchAll(/`((?:packages|apps|scripts|tests|docs|deploy)\/[\w./@[\]-]+)`/g)]
    return [
      ...links.flatMap((target) => checkLink(root, document, target)),
      ...paths.flatMap(([, path = '']) =>
        existsSync(join(root, path)) || isGenerated(path) ? [] : [`${path} doesn't exist`],
      ),
    ].map((what) => `${document}:${i + 1}: ${what}`)
  })
}

/** Settings of .env.example that no source reads. */
export function checkEnvExample(root: string): string[] {
  const names = [...readFileSync(join(root, '.env.example'), 'utf8').matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(
    ([, name = '']) => name,
  )
  const sources = ['packages', 'apps']
    .flatMap((folder) => listFiles(root, folder, /\.(ts|tsx)$/))
    .filter((path) => !/\.test\./.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8'))
  return names
    .filter((name) => !sources.some((text) => new RegExp(`\\b${name}\\b`).test(text)))
    .map((name) => `.env.example: nothing reads ${name}`)
}

function checkLink(root: string, document: string, target: string): string[] {
  if (/^[a-z]+:/.test(target)) return []
  const [path = '', heading] = target.split('#')
  const file = path === '' ? document : normalize(join(dirname(document), path))
  if (!existsSync(join(root, file))) return [`${file} doesn't exist`]
  if (heading === undefined || !file.endsWith('.md') || statSync(join(root, file)).isDirectory()) return []
  return headingsOf(readFileSync(join(root, file), 'utf8')).has(heading) ? [] : [`${file} has no heading #${heading}`]
}

/** The anchors that GitHub gives the headings of a document. */
function headingsOf(text: string): Set<string> {
  const titles = withoutSamples(text.split('\n')).flatMap((line) => /^#{1,6}\s+(.*)$/.exec(line)?.[1] ?? [])
  return new Set(
    titles.map((title) =>
      title
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  )
}

/** The same lines, with those inside fences blank. */
function withoutSamples(lines: readonly string[]): string[] {
  let isInside = false
  return lines.map((line) => {
    const isFence = /^\s*(```|~~~)/.test(line)
    if (isFence) isInside = !isInside
    return isFence || isInside ? '' : line
  })
}

function isGenerated(path: string): boolean {
  return /(^|\/)(dist|\.next|node_modules)(\/|$)/.test(path)
}

// --- types ---

export interface Reference {
  document: string
  line: number
  file: string
  symbol: string
}
