import { expect, test } from 'vitest'
import { withPlainSslMode } from './pool.ts'

test.each([
  ['postgres://u:p@h/d?sslmode=require', 'postgres://u:p@h/d?sslmode=verify-full'],
  ['postgres://u:p@h/d?a=b&sslmode=verify-ca&c=d', 'postgres://u:p@h/d?a=b&sslmode=verify-full&c=d'],
  ['postgres://u:p@h/d?sslmode=no-verify', 'postgres://u:p@h/d?sslmode=no-verify'],
  ['postgres://u:p@h/d?sslmode=disable', 'postgres://u:p@h/d?sslmode=disable'],
  // Asked for by name: less is checked.
  ['postgres://u:p@h/d?uselibpqcompat=true&sslmode=require', 'postgres://u:p@h/d?uselibpqcompat=true&sslmode=require'],
  ['postgres://u:p@h/d', 'postgres://u:p@h/d'],
])('%s checks the certificate as it says', (address, expected) => {
  expect(withPlainSslMode(address)).toBe(expected)
})
