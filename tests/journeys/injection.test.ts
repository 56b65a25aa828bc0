import { expect, test } from './fixture.ts'
import type { Person } from './person.ts'

/** What is tried against every chat: markup, handlers, links, templates, tricks of encoding and of direction. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '"><script>alert(1)</script>',
  "'-alert(1)-'",
  '</textarea><script>alert(1)</script>',
  '</script><script>alert(1)</script>',
  '<!--<script>alert(1)</script>-->',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<a href="javascript:alert(1)">click</a>',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)//https://example.com',
  'https://example.com/"onmouseover="alert(1)',
  "https://example.com/'><img src=x onerror=alert(1)>",
  'https://javascript:alert(1)@example.com',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  '[click](javascript:alert(1))',
  '![x](x"onerror="alert(1))',
  '{{constructor.constructor("alert(1)")()}}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is meant to look like one.
  '${alert(1)}',
  '<style>*{display:none}</style>',
  '<form action="https://evil.example"><button>ok</button></form>',
  '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
  '<details open ontoggle=alert(1)>',
  '<input autofocus onfocus=alert(1)>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '\\u003cscript\\u003ealert(1)\\u003c/script\\u003e',
  '%3Cscript%3Ealert(1)%3C/script%3E',
  '<scr\u0131pt>alert(1)</scr\u0131pt>',
  '{"__proto__":{"isAdmin":true}}',
  '__proto__',
  '\u202Egnp.exe',
  'mailto:a@b.example?body=<script>alert(1)</script>',
  "'; DROP TABLE messages; --",
  'Z\u0351\u036b\u0343\u036a\u0302\u036b\u033dalgo',
] as const

test('whatever is written, named or called: it is shown as text, and nothing of it runs', async ({
  newPerson,
  stack,
  roomId,
}) => {
  test.setTimeout(120_000)
  for (const [index, text] of HOSTILE.entries()) {
    await stack.api.send(roomId, { user: { id: `author-${index}`, name: text.slice(0, 128) }, text })
  }
  const names = HOSTILE.slice(0, 12)
  for (const [index, name] of names.entries()) {
    const members = [{ id: 'ada-lovelace' }, { id: `guest-${index}`, name }]
    await stack.api.upsertRoom(`private-${roomId}-${index}`, { kind: 'private', name, members })
  }

  const ada = await newPerson('Ada Lovelace')
  const alarms = listen(ada)
  const room = await ada.enter(roomId)
  await expect(room.messages).toHaveCount(HOSTILE.length)
  expect(await room.texts()).toEqual([...HOSTILE])
  await expectNothingGrew(ada)
  // Typed by hand as well: the way through the composer and the optimistic row is another one.
  for (const text of HOSTILE.slice(0, 6)) await room.say(`Me too: ${text}`)
  await expectNothingGrew(ada)
  await ada.page.reload()
  await room.isLive()
  await expectNothingGrew(ada)

  const rooms = ada.page.getByRole('navigation', { name: 'Rooms' })
  for (const name of names) await expect(rooms.getByRole('link', { name }).first()).toBeVisible()
  for (const index of names.keys()) {
    await ada.enter(`private-${roomId}-${index}`)
    await expect(ada.page.getByRole('heading', { level: 1 })).toHaveText(names[index] ?? '')
    await expectNothingGrew(ada)
  }
  expect(alarms).toEqual([])
})

test('somebody may be called like an attack; signing in with such a name attacks nobody', async ({
  newPerson,
  roomId,
}) => {
  const name = '<img src=x onerror=alert(1)>'
  const mallory = await newPerson(name)
  const bo = await newPerson('Bo Diaz')
  const alarms = listen(mallory, bo)
  const [mallorys, bos] = await Promise.all([mallory.enter(roomId), bo.enter(roomId)])
  await mallorys.say('Hello')
  await expect(bos.message('Hello')).toContainText(name)
  await expect(bos.page.getByRole('complementary', { name: 'Members' })).toContainText(name)
  for (const person of [mallory, bo]) await expectNothingGrew(person)
  expect(alarms).toEqual([])
})

/** Notes every dialog, and every page that somebody else opened. */
function listen(...people: Person[]): string[] {
  const alarms: string[] = []
  for (const { page, context } of people) {
    page.on('dialog', (dialog) => {
      alarms.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    context.on('page', (other) => alarms.push(`page: ${other.url()}`))
  }
  return alarms
}

/** No element came out of the texts, no handler, and no link but to http, https and mail. */
async function expectNothingGrew({ page }: Person): Promise<void> {
  const grown = await page.evaluate(() => {
    const found: string[] = []
    const texts = document.querySelectorAll('.parlor-message-text, h1, nav a, aside li')
    for (const place of texts) {
      for (const element of place.querySelectorAll('*')) {
        const isOurs = element.matches('bdi, a.parlor-link, span, time, svg, svg *')
        if (!isOurs) found.push(element.outerHTML)
      }
    }
    for (const element of document.querySelectorAll('*')) {
      for (const { name } of element.attributes) if (name.startsWith('on')) found.push(element.outerHTML)
    }
    for (const link of document.querySelectorAll('a')) {
      if (!['http:', 'https:', 'mailto:'].includes(link.protocol)) found.push(link.outerHTML)
    }
    return found
  })
  expect(grown).toEqual([])
}
