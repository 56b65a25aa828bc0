/** Checks the dependency rule: every import of every source file goes the way that the house allows. */
import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import * as rules from './boundary-rules.ts'
import { type Import, listFiles, readSource, resolveRelative, type Source } from './source.ts'

const sourceFile = /\.(ts|tsx|mts)$/
const testFile = /(\.(test|contract|bench)\.tsx?$)|\/testing\/|\/test\//

/** Every violation under `root`, each as one line: file:line, what, and which rule says so. */
export function findViolations(root: string): string[] {
  const packages = Object.keys(rules.packageDependencies).filter((name) => existsSync(join(root, 'packages', name)))
  const sources = ['packages', 'apps']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => listFiles(root, folder, sourceFile).map((path) => readSource(root, path)))
  return [
    ...packages.flatMap((name) => checkManifest(root, name)),
    ...sources.flatMap((source) => source.imports.flatMap((item) => checkImport(root, source, item))),
    ...sources.flatMap(checkSql),
    ...checkHomesWithLimit(sources),
    ...checkShapes(sources),
    ...checkBusTypes(sources),
  ]
}

function checkManifest(root: string, name: string): string[] {
  const manifest = readJson(join(root, 'packages', name, 'package.json'))
  const named = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  const own = named.filter((dependency) => dependency.startsWith('@parlor/')).map((dependency) => dependency.slice(8))
  return own
    .filter((dependency) => !rules.packageDependencies[name]?.includes(dependency))
    .map((dependency) => `packages/${name}/package.json: depends on @parlor/${dependency} (rule 1)`)
}

function checkImport(root: string, source: Source, item: Import): string[] {
  const from = place(source.path)
  const say = (what: string, rule: string) => [`${source.path}:${item.line}: ${what} (${rule})`]
  const isTest = testFile.test(source.path)
  if (item.specifier.startsWith('.')) {
    const to = resolveRelative(source.path, item.specifier)
    const target = place(to)
    if (target.unit !== from.unit && !(from.isApp && target.isApp))
      return say(`reaches into ${to}; import the package`, 'rule 1')
    if (!from.isApp && !/\.(tsx?|css|json|sql)$/.test(to))
      return say(`names '${item.specifier}' without its extension`, 'house')
    return [
      ...(from.unit === 'packages/server' && !isTest ? checkStage(from.inside, target.inside, item, say) : []),
      ...(from.unit === 'packages/protocol' &&
      !isTest &&
      !from.inside.startsWith('schema/') &&
      target.inside.startsWith('schema/')
        ? say('pulls the schemas into the browser', 'rule 1')
        : []),
    ]
  }
  if (item.specifier.startsWith('@parlor/')) return checkPackageImport(root, source, item, say)
  if (isTest || from.isApp) return []
  if (isBuiltin(item.specifier) && rules.browserPackages.some((name) => from.unit === `packages/${name}`))
    return say(`a browser has no ${item.specifier}`, 'browser')
  const home = rules.modulesWithAHome.find((entry) => entry.modules.includes(moduleName(item.specifier)))
  if (home && !home.home.test(source.path)) return say(`${item.specifier} belongs in ${home.home.source}`, 'rule 3')
  return []
}

function checkPackageImport(root: string, source: Source, item: Import, say: Say): string[] {
  const [, name = '', ...rest] = item.specifier.split('/')
  const from = place(source.path)
  const manifestPath = join(root, 'packages', name, 'package.json')
  if (!existsSync(manifestPath)) return say(`no package @parlor/${name}`, 'rule 1')
  const entry = rest.length > 0 ? `./${rest.join('/')}` : '.'
  if (!(entry in (readJson(manifestPath).exports ?? {}))) return say(`${item.specifier} is no public entry`, 'rule 1')
  if (from.isApp) return []
  const own = from.unit.slice('packages/'.length)
  const isTest = testFile.test(source.path)
  if (!(isTest ? reachable(own) : (rules.packageDependencies[own] ?? [])).includes(name))
    return say(`${own} may not import @parlor/${name}`, 'rule 1')
  // The browser takes types and constants; what parses is the service's.
  if (!isTest && entry === './schema' && own !== 'server') return say('the schemas are for the service', 'rule 1')
  return []
}

/** `from` and `to` are paths inside packages/server/src. */
function checkStage(from: string, to: string, item: Import, say: Say): string[] {
  if (rules.wiring.some((file) => file === from)) return []
  const [here, there] = [stageOf(from), stageOf(to)]
  if (rules.wiring.some((file) => file === to))
    return here === 'entry' ? [] : say(`${from} imports the wiring`, 'rule 2')
  if (to.startsWith('testing/')) return say(`${to} is for tests`, 'rule 2')
  if (here === 'entry' && there === 'gateway') return say('only server.ts imports gateway/', 'rule 2')
  if (here !== 'entry' && here !== there && !rules.stageDependencies[here]?.includes(there))
    return say(`${here} may not import ${there}/`, 'rule 2')
  if (here !== there && rules.implementations.some((kind) => kind.test(to)))
    return say(`only server.ts imports the implementation ${to}`, 'rule 3')
  if (here === 'features' && there === 'delivery') {
    const allowed = rules.deliverySeenByFeatures.filter((entry) => from.startsWith(entry.from) && entry.to === to)
    if (allowed.length === 0) return say(`${from} may not import ${to}`, 'rule 2')
    if (!item.isTypeOnly && allowed.every((entry) => entry.typesOnly))
      return say(`${to} is seen as a type only`, 'rule 2')
  }
  if (here === 'features' && there === 'features') {
    const [mine, theirs] = [sliceOf(from), sliceOf(to)]
    if (theirs && mine !== theirs && !item.isTypeOnly)
      return say(`a feature is handed another, not imported: ${to}`, 'rule 4')
  }
  return []
}

function checkSql(source: Source): string[] {
  if (rules.sqlHome.test(source.path) || testFile.test(source.path)) return []
  // The service shows no text to people: there, small letters are SQL too.
  const inService = source.path.startsWith('packages/server/')
  const statement = inService ? new RegExp(rules.sqlStatement.source, 'is') : rules.sqlStatement
  return source.strings
    .filter(({ text }) => statement.test(text))
    .map(({ line }) => `${source.path}:${line}: SQL lives in packages/server/src/store/ (rule 3)`)
}

function checkHomesWithLimit(sources: readonly Source[]): string[] {
  return rules.modulesWithAHome.flatMap(({ modules, home, files }) => {
    const users = sources.filter(
      ({ path, imports }) =>
        home.test(path) && !testFile.test(path) && imports.some((item) => modules.includes(moduleName(item.specifier))),
    )
    if (files === undefined || users.length <= files) return []
    return [
      `${modules[0]} is imported in ${users.length} files, not ${files}: ${users.map(({ path }) => path).join(', ')} (rule 3)`,
    ]
  })
}

function checkShapes(sources: readonly Source[]): string[] {
  return rules.shapes.flatMap(({ file, name, members }) => {
    const source = sources.find(({ path }) => path === file)
    if (!source) return []
    const found = source.shapes.get(name)
    if (!found) return [`${file}: no interface ${name}; say there what it knows of its neighbour (rule 5)`]
    return found
      .filter((member) => !members.includes(member))
      .map((member) => `${file}: ${name} asks for '${member}'; it knows only ${members.join(', ')} (rule 5)`)
  })
}

function checkBusTypes(sources: readonly Source[]): string[] {
  const busTypes = sources
    .filter(({ path }) => /^packages\/server\/src\/delivery\/bus[^/]*\.ts$/.test(path) && !testFile.test(path))
    .flatMap(({ shapes }) => [...shapes.keys()])
  return sources
    .filter(({ path }) => path.startsWith('packages/protocol/'))
    .flatMap(({ path, declared }) =>
      busTypes.filter((name) => declared.has(name)).map((name) => `${path}: ${name} is a type of the bus (rule 4)`),
    )
}

/** Which package or app a path belongs to, and where inside its src/. */
function place(path: string): Place {
  const [kind = '', name = '', ...rest] = path.split('/')
  const inside = rest[0] === 'src' ? rest.slice(1) : rest
  return { unit: `${kind}/${name}`, inside: inside.join('/'), isApp: kind === 'apps' }
}

/** The stage of a file in packages/server/src: its folder; `entry` for what the package shows; `base` for the rest. */
function stageOf(inside: string): string {
  const [folder = '', file] = inside.split('/')
  if (file === undefined) return inside === 'index.ts' ? 'entry' : 'base'
  return folder in rules.stageDependencies ? folder : 'base'
}

/** The feature that a file in features/ belongs to; undefined for what all features share. */
function sliceOf(inside: string): string | undefined {
  const parts = inside.split('/')
  return parts.length > 2 ? parts[1] : undefined
}

/** A package, what it imports, what that imports, and so on: a test may speak the words of all of them. */
function reachable(name: string): string[] {
  return [name, ...(rules.packageDependencies[name] ?? []).flatMap(reachable)]
}

function moduleName(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}

function readJson(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest
}

// --- types ---

type Say = (what: string, rule: string) => string[]

interface Place {
  unit: string
  inside: string
  isApp: boolean
}

interface Manifest {
  exports?: Record<string, unknown>
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

if (import.meta.main) {
  const violations = findViolations(process.cwd())
  for (const violation of violations) console.error(violation)
  if (violations.length > 0) process.exitCode = 1
  else console.log('Boundaries: every import goes the way the house allows.')
}
