/** Matches the numbered rules of docs/protocol.md with the tests that show them. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles, readSource } from './source.ts'

/** Rules without a test, tests of rules that aren't there, and rules that are written twice. */
export function checkRules(root: string): string[] {
  const text = readFileSync(join(root, lawPath), 'utf8')
  const rules = [...text.matchAll(/\*\*\[([A-Z]+-\d+)\]\*\*/g)].map(([, id = '']) => id)
  const mentions = [...text.matchAll(/\[([A-Z]+-\d+)\]/g)].map(([, id = '']) => id)
  const cited = listCitations(root)
  const known = new Set(rules)
  return [
    ...(rules.length === 0 ? [`${lawPath}: no rule, as in **[CONN-1]**`] : []),
    ...rules.filter((id, i) => rules.indexOf(id) !== i).map((id) => `${lawPath}: [${id}] is defined twice`),
    ...[...new Set(mentions)]
      .filter((id) => !known.has(id))
      .map((id) => `${lawPath}: mentions [${id}], which isn't there`),
    ...[...known].filter((id) => !cited.has(id)).map((id) => `${lawPath}: no test shows [${id}]`),
    ...[...cited]
      .filter(([id]) => !known.has(id))
      .map(([id, path]) => `${path}: tests [${id}], which isn't in ${lawPath}`),
  ]
}

/** The rules in test titles, `[CONN-1] …` or `[CONN-1, CONN-2] …`, and a file that cites each. */
function listCitations(root: string): Map<string, string> {
  const folders = ['packages', 'tests', 'apps'].filter((folder) => existsSync(join(root, folder)))
  const paths = folders.flatMap((folder) => listFiles(root, folder, /\.(test|contract)\.tsx?$/))
  const cited = new Map<string, string>()
  for (const path of paths) {
    for (const title of readSource(root, path).testTitles) {
      for (const [, ids = ''] of title.matchAll(/\[([A-Z]+-\d+(?:,\s*[A-Z]+-\d+)*)\]/g)) {
        for (const id of ids.split(/,\s*/)) if (!cited.has(id)) cited.set(id, path)
      }
    }
  }
  return cited
}

const lawPath = 'docs/protocol.md'
