/** Checks that the documents tell the truth: references exist, samples compile, and every rule has a test. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkEnvExample, checkLinks, checkReferences, findReferences, listDocuments } from './doc-references.ts'
import { checkRules } from './doc-rules.ts'
import { checkSamples, countLines, readSamples } from './doc-samples.ts'

// Without these a check would pass because there is nothing to check.
const required = ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md', 'docs/protocol.md', '.env.example']

const root = process.cwd()
const missing = required.filter((path) => !existsSync(join(root, path))).map((path) => `${path} doesn't exist`)
const documents = listDocuments(root)
const references = documents.flatMap((document) => findReferences(root, document))
const samples = readSamples(root, documents)

// The README promises a working chat in fewer than 20 lines of app code: its samples that name their file.
const appLines = countLines(samples.filter(({ document, isNamed }) => document === 'README.md' && isNamed))
const stops = references.filter(({ document }) => document === 'docs/architecture.md').length
const problems = [
  ...missing,
  ...(stops === 0 ? ['docs/architecture.md: names no `file#symbol`'] : []),
  ...(samples.length === 0 ? ['README.md and docs/: no sample in ```ts or ```tsx'] : []),
  ...(appLines >= 20 ? [`README.md: the first chat takes ${appLines} lines of app code, not fewer than 20`] : []),
  ...checkReferences(root, references),
  ...documents.flatMap((document) => checkLinks(root, document)),
  ...(missing.includes(".env.example doesn't exist") ? [] : checkEnvExample(root)),
  ...(missing.includes("docs/protocol.md doesn't exist") ? [] : checkRules(root)),
  ...checkSamples(root, samples),
]

for (const problem of problems) console.error(problem)
if (problems.length > 0) {
  console.error(`Docs: ${problems.length} problems.`)
  process.exitCode = 1
} else console.log(`Docs: ${references.length} references, ${samples.length} samples and every rule hold.`)
