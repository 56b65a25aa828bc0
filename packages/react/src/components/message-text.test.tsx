import { render } from '@testing-library/react'
import { expect, test } from 'vitest'
import { isJumbo, MessageText, splitLinks } from './message-text.tsx'

const linksOf = (text: string): string[] =>
  splitLinks(text).flatMap((part) => (part.href === undefined ? [] : [`${part.text} -> ${part.href}`]))

test.each([
  ['see https://a.example/x?y=1#z now', ['https://a.example/x?y=1#z -> https://a.example/x?y=1#z']],
  ['HTTPS://A.example', ['HTTPS://A.example -> https://a.example/']],
  ['(https://a.example/b)', ['https://a.example/b -> https://a.example/b']],
  ['https://a.example/b_(c)', ['https://a.example/b_(c) -> https://a.example/b_(c)']],
  ['https://a.example/b).', ['https://a.example/b -> https://a.example/b']],
  [
    'https://a.example, then http://b.example!',
    ['https://a.example -> https://a.example/', 'http://b.example -> http://b.example/'],
  ],
  ['write to ada.l+x@mail.example.org.', ['ada.l+x@mail.example.org -> mailto:ada.l+x@mail.example.org']],
  ['mailto:ada@mail.example', ['mailto:ada@mail.example -> mailto:ada@mail.example']],
  ['https://bücher.example/ä', ['https://bücher.example/ä -> https://xn--bcher-kva.example/%C3%A4']],
])('the addresses in %j become links', (text, links) => {
  expect(linksOf(text)).toEqual(links)
})

test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'ftp://a.example',
  'https://',
  'a@b',
  'file:///etc/passwd',
  'vbscript:x',
])('%j is no link', (text) => {
  expect(linksOf(text)).toEqual([])
})

test('the text stays as it was, whatever is in it', () => {
  for (const text of [
    '',
    'a\n\n b ',
    'x https://a.example y',
    '<b>&amp;</b> https://a.example/<i>',
    '\u202ehttps://a.example\u202c',
  ]) {
    expect(
      splitLinks(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text)
  }
})

test('what looks like HTML is shown as text, and links cannot reach back', () => {
  const { container } = render(
    <MessageText text={'<img src=x onerror=alert(1)> https://a.example/"onmouseover="x'} isReachable />,
  )
  expect(container.querySelector('img')).toBeNull()
  expect(container.textContent).toContain('<img src=x onerror=alert(1)>')
  const link = container.querySelector('a')!
  expect(link.getAttribute('href')).toBe('https://a.example/')
  expect(link.rel).toBe('noopener noreferrer nofollow ugc')
  expect(link.target).toBe('_blank')
  expect(link.hasAttribute('onmouseover')).toBe(false)
})

test('a text of nothing but brackets and addresses is cut in one pass', () => {
  const text = `https://${'a)'.repeat(2_000)}`
  expect(
    splitLinks(text)
      .map((part) => part.text)
      .join(''),
  ).toBe(text)
})

test.each([
  ['🎉', true],
  ['👍🏽 👩‍👩‍👧', true],
  ['🇩🇪🇫🇷🇮🇹', true],
  ['❤️', true],
  ['👍👍👍👍', false],
  ['ok 👍', false],
  ['12', false],
  ['#', false],
  ['', false],
])('%j is shown large: %s', (text, expected) => {
  expect(isJumbo(text)).toBe(expected)
})
