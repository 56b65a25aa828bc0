import { expect, test } from 'vitest'
import { addSection, readSummary } from './make-version.ts'

test('a new section comes before the newest one', () => {
  const changelog = '# Changelog\n\nIntro.\n\n## 0.1.0\n\nFirst.\n'
  expect(addSection(changelog, '0.2.0', ['One.', 'Two\nlines.'])).toBe(
    '# Changelog\n\nIntro.\n\n## 0.2.0\n\n- One.\n- Two\n  lines.\n\n## 0.1.0\n\nFirst.\n',
  )
})

test('the first section comes last', () => {
  expect(addSection('# Changelog\n', '0.1.0', ['One.'])).toBe('# Changelog\n\n## 0.1.0\n\n- One.\n')
})

test('the summary is what follows the head', () => {
  expect(readSummary("---\n'@parlor/react': minor\n---\n\nNew: `useTyping`.\n")).toBe('New: `useTyping`.')
})
