/** Say makes the violations of one guarantee. */
import type { Evidence } from './evidence.ts'
import { cutExcerpt, type Guarantee, type Place, type Violation } from './violation.ts'

export type Say = (rule: string, message: string, places: readonly (Place | undefined)[]) => Violation

export function sayFor(guarantee: Guarantee, { entries }: Evidence): Say {
  return (rule, message, places) => ({ guarantee, rule, message, excerpt: cutExcerpt(entries, places) })
}
