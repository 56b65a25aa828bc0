/** The page docs/scale.md: prose by hand, and tables that the program puts between its markers. */

/** The page with these blocks in the places of the old ones. A block without a place is an error. */
export function fillPage(page: string, blocks: Blocks): string {
  const places = new Set([...page.matchAll(MARKER)].map(([, name = '']) => name))
  const lost = Object.keys(blocks).filter((name) => !places.has(name))
  if (lost.length > 0)
    throw new Error(`docs/scale.md has no place for ${lost.join(', ')}: <!-- scale:NAME --> and <!-- /scale -->`)
  return page.replace(MARKER, (whole, name: string) => {
    const lines = blocks[name]
    return lines === undefined ? whole : `<!-- scale:${name} -->\n\n${lines.join('\n')}\n\n<!-- /scale -->`
  })
}

/** The names of the blocks that differ from what the page shows. */
export function findStale(page: string, blocks: Blocks): string[] {
  return Object.entries(blocks)
    .filter(([name, lines]) => fillPage(page, { [name]: lines }) !== page)
    .map(([name]) => name)
}

const MARKER = /<!-- scale:([\w-]+) -->\n[\s\S]*?<!-- \/scale -->/g

// --- types ---

/** Lines of Markdown by the name of their place. */
export type Blocks = Readonly<Record<string, readonly string[]>>
