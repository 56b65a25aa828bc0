/** Reads a TypeScript source file the way the checks need it: imports, literals, declared names, test titles. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { parseSync } from 'vite'

/** Folders that hold nothing written by hand. */
const generated = new Set(['node_modules', 'dist', '.next', '.git', '.samples', '.reports', 'test-results', 'coverage'])

/** Every file under `folder` that `wanted` accepts, as paths from `root` with forward slashes, sorted. */
export function listFiles(root: string, folder: string, wanted: RegExp): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  const found = entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return generated.has(entry.name) ? [] : listFiles(root, path, wanted)
    return wanted.test(entry.name) ? [path.split(sep).join('/')] : []
  })
  return found.sort()
}

/** Parses the file at `path` (from `root`). Throws when it is no TypeScript. */
export function readSource(root: string, path: string): Source {
  return parseSource(path, readFileSync(join(root, path), 'utf8'))
}

export function parseSource(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const source: Source = { path, imports: [], strings: [], declared: new Set(), shapes: new Map(), testTitles: [] }
  const lineOf = (node: Node) => text.slice(0, node.start).split('\n').length
  visit(program as unknown as Node, (node, parents) => {
    collectImport(source, node, lineOf)
    collectString(source, node, lineOf)
    collectDeclaration(source, node, parents)
    collectTestTitle(source, node)
  })
  return source
}

/** The path of what a relative `specifier` in the file `from` names, from the root, with forward slashes. */
export function resolveRelative(from: string, specifier: string): string {
  return relative('.', join(from, '..', specifier))
    .split(sep)
    .join('/')
}

function collectImport(source: Source, node: Node, lineOf: (node: Node) => number): void {
  const specifier = (node.source as Node | undefined)?.value
  const add = (isTypeOnly: boolean, value = specifier) => {
    if (typeof value === 'string') source.imports.push({ specifier: value, isTypeOnly, line: lineOf(node) })
  }
  switch (node.type) {
    case 'ImportDeclaration': {
      const names = node.specifiers as Node[]
      add(node.importKind === 'type' || (names.length > 0 && names.every((name) => name.importKind === 'type')))
      return
    }
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      add(node.exportKind === 'type')
      return
    case 'ImportExpression':
      add(false)
      return
    case 'TSImportType':
      add(true)
      return
    case 'CallExpression': {
      // require('x'), import.meta.resolve('x'), createRequire(…)('x') by the usual name
      const callee = node.callee as Node
      const isRequire = callee.type === 'Identifier' && callee.name === 'require'
      const isResolve = callee.type === 'MemberExpression' && (callee.property as Node).name === 'resolve'
      const isMeta = isResolve && (callee.object as Node).type === 'MetaProperty'
      if (isRequire || isMeta) add(false, (node.arguments as Node[])[0]?.value)
      return
    }
    case 'NewExpression': {
      // new URL('./worker.ts', import.meta.url): how a worker is named
      const [path, base] = node.arguments as Node[]
      const isUrl = (node.callee as Node).name === 'URL' && (base?.object as Node | undefined)?.type === 'MetaProperty'
      if (isUrl && typeof path?.value === 'string' && path.value.startsWith('.')) add(false, path.value)
      return
    }
    default:
  }
}

function collectString(source: Source, node: Node, lineOf: (node: Node) => number): void {
  if (node.type === 'Literal' && typeof node.value === 'string')
    source.strings.push({ text: node.value, line: lineOf(node) })
  if (node.type === 'TemplateLiteral') source.strings.push({ text: templateText(node), line: lineOf(node) })
}

function collectDeclaration(source: Source, node: Node, parents: readonly Node[]): void {
  const owner = parents.findLast((parent) => namedKinds.has(parent.type) && nameOf(parent))
  const key = memberKinds.has(node.type) ? nameOf(node.key as Node) : undefined
  if (key && owner) {
    source.declared.add(key).add(`${nameOf(owner)}.${key}`)
    if (node.type.startsWith('TS')) source.shapes.get(nameOf(owner) ?? '')?.push(key)
  }
  const name = declarationKinds.has(node.type) ? nameOf(node) : undefined
  if (name) source.declared.add(name)
  if (name && node.type === 'TSInterfaceDeclaration') source.shapes.set(name, [])
}

function collectTestTitle(source: Source, node: Node): void {
  if (node.type !== 'CallExpression' || !testCalls.has(rootName(node.callee as Node) ?? '')) return
  const title = (node.arguments as Node[])[0]
  if (title?.type === 'Literal' && typeof title.value === 'string') source.testTitles.push(title.value)
  if (title?.type === 'TemplateLiteral') source.testTitles.push(templateText(title))
}

/** `test` of test(…), test.each(…)(…), test.skipIf(…)(…) and their like. */
function rootName(callee: Node): string | undefined {
  if (callee.type === 'Identifier') return callee.name as string
  if (callee.type === 'MemberExpression') return rootName(callee.object as Node)
  if (callee.type === 'CallExpression') return rootName(callee.callee as Node)
  if (callee.type === 'TaggedTemplateExpression') return rootName(callee.tag as Node)
  return undefined
}

function templateText(node: Node): string {
  return (node.quasis as { value: { cooked: string } }[]).map((quasi) => quasi.value.cooked).join('…')
}

function nameOf(node: Node | null | undefined): string | undefined {
  if (!node) return undefined
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') return node.name as string
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  return node.id ? nameOf(node.id as Node) : undefined
}

function visit(node: Node, each: (node: Node, parents: readonly Node[]) => void, parents: readonly Node[] = []): void {
  each(node, parents)
  const inside = [...parents, node]
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, each, inside)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

const namedKinds = new Set([
  'ClassDeclaration',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'VariableDeclarator',
])
const memberKinds = new Set([
  'MethodDefinition',
  'PropertyDefinition',
  'Property',
  'TSMethodSignature',
  'TSPropertySignature',
])
const declarationKinds = new Set([...namedKinds, 'FunctionDeclaration', 'TSDeclareFunction'])
const testCalls = new Set(['test', 'it', 'describe'])

// --- types ---

export interface Source {
  path: string
  imports: Import[]
  strings: { text: string; line: number }[]
  /** Functions, classes, interfaces, types, constants; members also as `Owner.member`. */
  declared: Set<string>
  /** The member names of every interface. */
  shapes: Map<string, string[]>
  testTitles: string[]
}

export interface Import {
  specifier: string
  isTypeOnly: boolean
  line: number
}

interface Node {
  type: string
  start: number
  [key: string]: unknown
}
