import type { MessageSendCommand } from '@parlor/protocol'
import { describe, expect, test } from 'vitest'
import { createFakeBrowser, type FakeBrowser } from '../testing/fake-browser.ts'
import { settle } from '../testing/fake-clock.ts'
import { createFakeClient } from '../testing/fake-runtime.ts'
import { SNAPSHOT } from '../testing/open-room.ts'
import { ADA, BOB, memberRow, messageRow, opened } from '../testing/rows.ts'
import { signedToken } from '../testing/tokens.ts'
import type { ChatClientOptions } from '../types.ts'
import type { DeviceStorage } from './storage.ts'

describe('the outbox', () => {
  test('[G5] what was typed without a connection is shown at once after a reload, in order, and is sent once', async () => {
    const browser = createFakeBrowser()
    const tab = new Map<string, string>()
    const before = open(browser, tab)
    await settle()
    for (const text of ['one', 'two', 'three']) void before.room.send(text)
    await settle()
    before.die()

    const after = open(browser, tab)
    await settle()
    expect(texts(after)).toEqual(['pending one', 'pending two', 'pending three'])
    void after.room.send('four')
    await after.welcomeNow()
    await after.openNow(opened(3, []))
    expect(await sendAll(after)).toEqual(['one', 'two', 'three', 'four'])
    expect(new Set(after.ids).size).toBe(4)
    expect(kept(browser, 'outbox')).toEqual([])
  })

  test('[G5] a message goes on the wire when it is on the device, and not before', async () => {
    const { browser, stall, goOn } = createSlowBrowser()
    const page = open(browser)
    await page.welcomeNow()
    await page.openNow(opened(3, []))
    stall()
    void page.room.send('one')
    await settle()
    expect(page.network.socket.all('message.send')).toEqual([])
    goOn()
    await settle()
    expect(page.network.socket.all('message.send')).toMatchObject([{ text: 'one' }])
  })

  test('[G5] a message that may have been sent keeps its id over a crash, and is asked for as a repeated attempt', async () => {
    const browser = createFakeBrowser()
    const tab = new Map<string, string>()
    const before = open(browser, tab)
    await before.welcomeNow()
    await before.openNow(opened(3, []))
    void before.room.send('one')
    await settle()
    const first = before.network.socket.last('message.send')
    before.die()
    const after = open(browser, tab)
    await after.welcomeNow()
    await settle()
    const again = after.network.socket.last('message.send')
    expect(again).toMatchObject({ id: first.id, text: 'one', attempt: 2 })
  })

  test('[G5] a message that came back is taken back at the service when it is discarded', async () => {
    const browser = createFakeBrowser()
    const tab = new Map<string, string>()
    const before = open(browser, tab)
    await settle()
    void before.room.send('one')
    await settle()
    before.die()
    const between = open(browser, tab)
    await settle()
    const [message] = between.room.getSnapshot().messages
    void between.room.discard(message?.id ?? '')
    await settle()
    expect(texts(between)).toEqual([])
    between.die()
    // The page went before the service could be asked: the discard is not forgotten.
    const after = open(browser, tab)
    await settle()
    expect(texts(after)).toEqual([])
    await after.welcomeNow()
    expect(after.network.socket.all('message.send')).toEqual([])
    const cancel = after.network.socket.last('message.cancel')
    expect(cancel.id).toBe(message?.id)
    after.network.socket.say({ ref: cancel.ref, ok: { id: cancel.id } })
    await settle()
    expect(kept(browser, 'outbox')).toEqual([])
  })

  test('[G5] a discard is told when it will outlive a crash', async () => {
    const { browser, stall, goOn } = createSlowBrowser()
    const page = open(browser)
    await settle()
    const sent = page.room.send('one')
    sent.catch(() => {})
    await settle()
    stall()
    let isTold = false
    void page.room.discard(page.room.getSnapshot().messages[0]?.id ?? '').then(() => {
      isTold = true
    })
    await settle()
    expect(texts(page)).toEqual([])
    expect(isTold).toBe(false)
    goOn()
    await settle()
    expect(isTold).toBe(true)
    await expect(sent).rejects.toMatchObject({ code: 'discarded' })
    expect(kept(browser, 'outbox')).toEqual([])
  })

  test('[G5] a failed message comes back as failed, with its reason, and can be tried again or discarded', async () => {
    const browser = createFakeBrowser()
    const tab = new Map<string, string>()
    const before = open(browser, tab)
    await before.welcomeNow()
    await before.openNow(opened(3, []))
    for (const text of ['one', 'two']) void before.room.send(text)
    for (const _ of [1, 2]) {
      await settle()
      const { ref } = before.network.socket.last('message.send')
      before.network.socket.say({ ref, error: { code: 'forbidden', message: 'No.', retryable: false, field: 'text' } })
    }
    await settle()
    before.die()

    const after = open(browser, tab)
    await settle()
    expect(texts(after)).toEqual(['failed one', 'failed two'])
    const [one, two] = after.room.getSnapshot().messages
    expect(one?.error).toMatchObject({ code: 'forbidden', message: 'No.', field: 'text', name: 'ChatError' })
    expect(await after.room.discard(two?.id ?? '')).toBe(true)
    void after.room.retry(one?.id ?? '')
    await after.welcomeNow()
    await after.openNow(opened(3, []))
    expect(await sendAll(after)).toEqual(['one'])
    await settle()
    expect(kept(browser, 'outbox')).toEqual([])
  })

  test('[G5] what waits in a room that nobody looks at any more is sent all the same', async () => {
    const browser = createFakeBrowser()
    const tab = new Map<string, string>()
    const before = open(browser, tab)
    await settle()
    void before.client.room('team').send('one')
    await settle()
    before.die()
    const after = open(browser, tab)
    await after.welcomeNow()
    await settle()
    expect(after.network.socket.last('message.send')).toMatchObject({ roomId: 'team', text: 'one' })
  })

  test('[G5] a page that crashes while it takes back what was kept loses nothing of any room', async () => {
    let left = Number.POSITIVE_INFINITY
    const browser = createFakeBrowser(() => {
      left -= 1
      return left < 0 ? new Promise(() => {}) : Promise.resolve()
    })
    const tab = new Map<string, string>()
    const before = open(browser, tab)
    await settle()
    const rooms = ['general', 'random', 'team']
    for (const roomId of rooms) void before.client.room(roomId).send('one')
    await settle()
    before.die()
    for (const written of [2, 3, 4]) {
      left = written
      const { runtime, die } = browser.openPage(tab)
      const { client } = createFakeClient({ userId: 'ada', runtime })
      for (const roomId of rooms) client.room(roomId)
      client.connect()
      await settle()
      die()
      expect(kept(browser, 'outbox')).toHaveLength(3)
    }
    left = Number.POSITIVE_INFINITY
    const after = open(browser, tab)
    await settle()
    for (const roomId of rooms) expect(texts({ room: after.client.room(roomId) })).toEqual(['pending one'])
  })

  test('a promise for a message that came back is kept', async () => {
    const browser = createFakeBrowser()
    const tab = new Map<string, string>()
    const before = open(browser, tab)
    await settle()
    void before.room.send('one')
    await settle()
    before.die()
    const after = open(browser, tab)
    await settle()
    const again = after.room.retry(after.room.getSnapshot().messages[0]?.id ?? '')
    await after.welcomeNow()
    await after.openNow(opened(3, []))
    await sendAll(after)
    expect(await again).toMatchObject({ seq: 4 })
  })
})

describe('pages', () => {
  test('[G5] what a page left that is gone is taken over by one that lives, after a moment, and only by one', async () => {
    const browser = createFakeBrowser()
    const gone = open(browser)
    await settle()
    void gone.room.send('one')
    await settle()
    gone.die()
    const [one, other] = [open(browser), open(browser)]
    await settle()
    expect([...texts(one), ...texts(other)]).toEqual([])
    for (const page of [one, other]) await page.clock.advance(5_000)
    expect([...texts(one), ...texts(other)]).toEqual(['pending one'])
    for (const page of [one, other]) await page.clock.advance(60_000)
    expect([...texts(one), ...texts(other)]).toEqual(['pending one'])
  })

  test('[G5] a page that lives keeps its own, and one that is reloaded gets them back', async () => {
    const browser = createFakeBrowser()
    const tab = new Map<string, string>()
    const other = open(browser)
    const before = open(browser, tab)
    await settle()
    void before.room.send('one')
    await settle()
    await other.clock.advance(40_000)
    before.die()
    // It has been missed once by now.
    await other.clock.advance(12_000)
    const after = open(browser, tab)
    await settle()
    await other.clock.advance(60_000)
    expect(texts(other)).toEqual([])
    expect(texts(after)).toEqual(['pending one'])
  })

  test('[G5] a page that stood still no longer has what another has taken over', async () => {
    const browser = createFakeBrowser()
    const still = open(browser)
    await settle()
    const sent = still.room.send('one')
    sent.catch(() => {})
    await settle()
    still.signal('suspend')
    await settle()
    const other = open(browser)
    await settle()
    await other.clock.advance(5_000)
    expect(texts(other)).toEqual(['pending one'])
    still.signal('resume')
    await settle()
    expect(texts(still)).toEqual([])
    await expect(sent).rejects.toMatchObject({ code: 'connection_lost' })
    // And what it types from now on is its own.
    void still.room.send('two')
    await settle()
    await other.clock.advance(60_000)
    expect(texts(still)).toEqual(['pending two'])
    expect(texts(other)).toEqual(['pending one'])
  })

  test('[G5] a page that stood still goes on with what is still its own', async () => {
    const browser = createFakeBrowser()
    const page = open(browser)
    await page.welcomeNow()
    await page.openNow(opened(3, []))
    page.signal('suspend')
    void page.room.send('one')
    page.signal('resume')
    await page.welcomeNow()
    expect(await sendAll(page)).toEqual(['one'])
  })

  test('[G5] a client that makes room for another on its page hands everything on', async () => {
    const browser = createFakeBrowser()
    const tab = new Map<string, string>()
    const { runtime } = browser.openPage(tab)
    const first = openWith(runtime, { userId: 'ada' })
    await settle()
    void first.room.send('one')
    first.client.destroy()
    const second = openWith(runtime, { userId: 'ada' })
    await settle()
    await second.clock.advance(400)
    expect(texts(second)).toEqual(['pending one'])
  })

  test('where nothing tells pages apart, a page takes everything at its start', async () => {
    const browser = createFakeBrowser()
    const lone = () => openWith({ ...browser.openPage().runtime, locks: null }, { userId: 'ada' })
    const before = lone()
    await settle()
    void before.room.send('one')
    await settle()
    const after = lone()
    await settle()
    expect(texts(after)).toEqual(['pending one'])
  })
})

describe('rooms', () => {
  test('[G6] a cold start shows the last pages at once, and goes on from their position', async () => {
    const browser = createFakeBrowser()
    const before = await withRoom(browser)
    before.die()
    const after = open(browser)
    await settle()
    expect(after.room.getSnapshot()).toMatchObject({ status: 'connecting', isLoading: false, hasOlder: false })
    expect(texts(after)).toEqual(['sent text 3', 'sent text 4'])
    await after.welcomeNow()
    const { rooms } = after.network.socket.last('hello')
    expect(rooms).toEqual([{ roomId: 'general', epoch: 'e1', seq: 4, newest: { seq: 4, id: 'm4' } }])
    expect(after.network.socket.all('room.open')).toEqual([])
  })

  test('it is shown without a connection too', async () => {
    const browser = createFakeBrowser()
    const before = await withRoom(browser)
    before.die()
    const after = open(browser, undefined, {
      getToken: () => {
        throw new TypeError('no network')
      },
    })
    await settle()
    expect(after.room.getSnapshot().status).toBe('offline')
    expect(texts(after)).toEqual(['sent text 3', 'sent text 4'])
    // Of whose messages they are, too.
    void after.room.send('mine')
    expect(after.room.getSnapshot().messages.at(-1)?.user).toEqual(ADA)
  })

  test('the rows and their position are written together, a moment after they moved, and at once when the page is left', async () => {
    const browser = createFakeBrowser()
    const page = open(browser)
    await page.welcomeNow()
    await page.openNow(opened(3, [messageRow(3)]))
    expect(kept(browser, 'room')).toEqual([])
    await page.clock.advance(500)
    expect(kept(browser, 'room')).toMatchObject([{ epoch: 'e1', seq: 3, low: 0, rows: [{ id: 'm3' }] }])
    page.network.socket.say({ type: 'message.created', roomId: 'general', seq: 4, message: messageRow(4) })
    page.signal('hidden')
    await settle()
    expect(kept(browser, 'room')).toMatchObject([{ seq: 4, rows: [{ id: 'm3' }, { id: 'm4' }] }])
  })

  test('a window in the past is not written: what comes next has no place in it', async () => {
    const browser = createFakeBrowser()
    const page = await withRoom(browser)
    void page.room.jumpTo('m1')
    await settle()
    const { ref } = page.network.socket.last('message.list')
    const messages = [messageRow(1)]
    page.network.socket.say({ ref, ok: { epoch: 'e1', head: 4, messages, hasOlder: false, hasNewer: true } })
    await page.clock.advance(1_000)
    expect(texts(page)).toEqual(['sent text 1'])
    expect(kept(browser, 'room')).toMatchObject([{ seq: 4, rows: [{ id: 'm3' }, { id: 'm4' }] }])
  })

  test('only the end of a long list is kept, and it says that there is more before it', async () => {
    const browser = createFakeBrowser()
    const before = open(browser)
    await before.welcomeNow()
    const rows = Array.from({ length: 130 }, (_, at) => messageRow(at + 1))
    await before.openNow(opened(130, rows))
    await before.clock.advance(500)
    before.die()
    const after = open(browser)
    await settle()
    const { messages, hasOlder } = after.room.getSnapshot()
    expect(messages.map(({ seq }) => seq)).toEqual(rows.slice(-100).map(({ seq }) => seq))
    expect(hasOlder).toBe(true)
    await after.welcomeNow()
    void after.room.loadOlder()
    await settle()
    expect(after.network.socket.last('message.list')).toMatchObject({ before: 31 })
  })

  test('of many members some are kept, and it says so', async () => {
    const browser = createFakeBrowser()
    const before = open(browser)
    await before.welcomeNow()
    const answer = opened(300, [])
    const members = Array.from({ length: 250 }, (_, at) => memberRow(`user-${at}`, at + 3))
    await before.openNow({ ...answer, reset: { ...answer.reset!, members } })
    expect(before.room.getSnapshot()).toMatchObject({ membersComplete: true })
    await before.clock.advance(500)
    before.die()
    const after = open(browser)
    await settle()
    const { members: shown, membersComplete, me } = after.room.getSnapshot()
    // And they themselves, whose row comes apart from the others.
    expect([shown.length, membersComplete, me?.userId]).toEqual([201, false, 'ada'])
  })

  test('[G7] a room that isn’t theirs any more isn’t kept', async () => {
    const browser = createFakeBrowser()
    const page = await withRoom(browser)
    page.network.socket.say({ type: 'room.closed', roomId: 'general', reason: 'removed' })
    await page.clock.advance(1_000)
    expect(kept(browser, 'room')).toEqual([])
  })

  test('the newest of twenty rooms are kept', async () => {
    const browser = createFakeBrowser()
    const page = open(browser)
    await page.welcomeNow()
    await page.openNow(opened(3, []))
    for (let at = 1; at <= 21; at++) {
      page.client.room(`room-${at}`).open()
      const room = opened(3, [])
      await page.openNow({
        ...room,
        roomId: `room-${at}`,
        reset: { ...room.reset!, room: { ...room.reset!.room, id: `room-${at}` } },
      })
      await page.clock.advance(500)
    }
    const ids = kept(browser, 'room').map((record) => (record as { room: { id: string } }).room.id)
    expect(ids.sort()).toEqual(Array.from({ length: 20 }, (_, at) => `room-${at + 2}`).sort())
  })

  test('a server-rendered room that is newer is shown, and an older one is not', async () => {
    const browser = createFakeBrowser()
    const before = await withRoom(browser)
    before.die()
    const older = openWith(
      browser.openPage().runtime,
      { userId: 'ada' },
      { ...SNAPSHOT, head: 3, messages: [messageRow(3)] },
    )
    await settle()
    expect(texts(older)).toEqual(['sent text 3', 'sent text 4'])
    const newer = openWith(browser.openPage().runtime, { userId: 'ada' }, SNAPSHOT)
    await settle()
    expect(texts(newer)).toEqual(['sent text 5'])
    const other = openWith(browser.openPage().runtime, { userId: 'ada' }, { ...SNAPSHOT, epoch: 'e2', head: 1 })
    await settle()
    expect(texts(other)).toEqual(['sent text 5'])
  })

  test.each([
    ['no record', 7],
    ['a record of something else', { hello: 'world' }],
    ['rows out of order', { ...RECORD(), rows: [messageRow(4), messageRow(3)] }],
    ['a row without a text', { ...RECORD(), rows: [{ ...messageRow(4), text: undefined }] }],
    ['a reaction that is none', { ...RECORD(), rows: [{ ...messageRow(4), reactions: [null] }] }],
    [
      'a reaction of nobody',
      { ...RECORD(), rows: [{ ...messageRow(4), reactions: [{ emoji: '👍', userIds: null }] }] },
    ],
    ['a time that is none', { ...RECORD(), rows: [{ ...messageRow(4), createdAt: 'today' }] }],
    ['a name that is none', { ...RECORD(), rows: [{ ...messageRow(4), user: { id: 'bob', name: 7, picture: null } }] }],
    ['no position', { ...RECORD(), seq: 'four' }],
    ['another room', { ...RECORD(), room: { ...RECORD().room, id: 'team' } }],
  ])('%s is taken for none', async (_what, record) => {
    const browser = createFakeBrowser()
    const before = await withRoom(browser)
    before.die()
    const { storage } = pageOf(browser)
    await storage.transact((records) => records.put(['room', 'ada', 'general'], record))
    const after = open(browser)
    await settle()
    expect(after.room.getSnapshot()).toMatchObject({ messages: [], isLoading: true })
    await after.welcomeNow()
    await after.openNow(opened(5, [messageRow(5)]))
    await after.clock.advance(500)
    expect(kept(browser, 'room')).toMatchObject([{ seq: 5 }])
  })

  test('entries that can’t be any are left out, and the others are not', async () => {
    const browser = createFakeBrowser()
    const tab = new Map([['parlor page wss://chat.test/v1/ws', 'p1']])
    const before = open(browser, tab)
    await settle()
    void before.room.send('one')
    await settle()
    before.die()
    const { storage } = pageOf(browser)
    await storage.transact(async (records) => {
      const list = (await records.get(['outbox', 'ada', 'p1', 'general'])) as unknown[]
      await records.put(
        ['outbox', 'ada', 'p1', 'general'],
        [null, { id: 7 }, ...list, { ...(list[0] as object), phase: 'lost' }],
      )
    })
    const after = open(browser, tab)
    await settle()
    expect(texts(after)).toEqual(['pending one'])
  })
})

describe('who', () => {
  test('nothing is shown before it is known who is there: by the token where nothing else says so', async () => {
    const browser = createFakeBrowser()
    const before = await withRoom(browser)
    before.die()
    let give: (token: string) => void = () => {}
    const token = new Promise<string>((resolve) => {
      give = resolve
    })
    const after = openWith(browser.openPage().runtime, { getToken: () => token })
    await settle()
    expect(texts(after)).toEqual([])
    give(signedToken({ sub: 'ada' }))
    await settle()
    expect(texts(after)).toEqual(['sent text 3', 'sent text 4'])
    await after.welcomeNow()
    expect(after.network.socket.last('hello').rooms).toMatchObject([{ seq: 4 }])
  })

  test('where the token says nothing, the service does', async () => {
    const browser = createFakeBrowser()
    const tab = new Map<string, string>()
    const before = openWith(browser.openPage(tab).runtime, {})
    void before.room.send('one')
    await settle()
    expect(kept(browser, 'outbox')).toEqual([])
    await before.welcomeNow()
    await settle()
    expect(before.network.socket.last('message.send')).toMatchObject({ text: 'one' })
    expect(kept(browser, 'outbox')).toMatchObject([[{ text: 'one' }]])
  })

  test('another user sees nothing of it, and it is deleted when the service knows them', async () => {
    const browser = createFakeBrowser()
    const tab = new Map<string, string>()
    const before = await withRoom(browser, tab)
    void before.room.send('secret')
    await settle()
    before.die()
    const after = openWith(browser.openPage(tab).runtime, { getToken: () => signedToken({ sub: 'bob' }) })
    await settle()
    expect(texts(after)).toEqual([])
    expect(JSON.stringify([...browser.records])).toContain('secret')
    await after.welcomeNow({ user: BOB })
    await settle()
    expect(after.network.socket.all('message.send')).toEqual([])
    expect(JSON.stringify([...browser.records])).not.toContain('secret')
    expect([...browser.records.keys()].filter((key) => key.includes('"ada"'))).toEqual([])
  })

  test('an app that says who is there deletes what is kept of others at once', async () => {
    const browser = createFakeBrowser()
    const before = await withRoom(browser)
    before.die()
    openWith(browser.openPage().runtime, { userId: 'bob' })
    await settle()
    expect([...browser.records.keys()]).toEqual(['["user","bob"]'])
  })

  test('a room that was shown for one user is gone when the token names another', async () => {
    const browser = createFakeBrowser()
    const before = await withRoom(browser)
    before.die()
    const after = openWith(browser.openPage().runtime, { getToken: () => signedToken({ sub: 'bob' }) }, SNAPSHOT)
    expect(texts(after)).toEqual(['sent text 5'])
    await settle()
    expect(texts(after)).toEqual([])
    await after.welcomeNow({ user: BOB })
    expect(after.network.socket.last('hello')).not.toHaveProperty('rooms')
  })

  test('a server-rendered room is gone when the service names another user', async () => {
    const page = createFakeClient()
    const room = page.client.room('general', { initial: SNAPSHOT })
    room.open()
    await page.welcomeNow({ user: BOB })
    expect(room.getSnapshot().messages).toEqual([])
  })

  test.each([
    ['the app says that nobody is signed in', { getToken: () => null }, async () => {}],
    [
      'the sign-in was revoked',
      {},
      async (page: Page) => {
        await page.welcomeNow()
        page.network.socket.end(4403)
      },
    ],
    ['the token names another than the page', {}, (page: Page) => page.welcomeNow({ user: BOB })],
  ])('%s: everything is deleted', async (_why, options, happens) => {
    const browser = createFakeBrowser()
    const before = await withRoom(browser)
    before.die()
    const after = open(browser, undefined, options)
    await happens(after)
    await settle()
    expect(after.room.getSnapshot().status).toBe('denied')
    expect([...browser.records]).toEqual([])
  })

  test.each([
    ['names another user', (page: Page) => page.welcomeNow({ user: BOB })],
    [
      'was revoked',
      async (page: Page) => {
        await page.welcomeNow()
        page.network.socket.end(4403)
      },
    ],
  ])(
    'an old tab whose sign-in %s deletes what was kept of its own user, and nothing of the next one',
    async (_how, happens) => {
      const browser = createFakeBrowser()
      const old = await withRoom(browser)
      old.signal('suspend')
      await old.client.forget()
      const next = open(browser, undefined, { userId: 'bob' })
      void next.room.send('from bob')
      await settle()
      next.die()
      expect(kept(browser, 'outbox')).toMatchObject([[{ text: 'from bob' }]])
      old.signal('resume')
      old.client.retry()
      await happens(old)
      await settle()
      expect(kept(browser, 'outbox')).toMatchObject([[{ text: 'from bob' }]])
    },
  )

  test('who signs in again on the same page is kept again', async () => {
    const browser = createFakeBrowser()
    let token: string | null = null
    const page = open(browser, undefined, { getToken: () => token })
    await settle()
    expect([...browser.records]).toEqual([])
    token = 'token'
    page.client.retry()
    await page.welcomeNow()
    await page.openNow(opened(3, []))
    void page.room.send('one')
    await settle()
    expect(kept(browser, 'outbox')).toMatchObject([[{ text: 'one' }]])
  })

  test('forget deletes everything, and no page writes it again that is still signed in', async () => {
    const browser = createFakeBrowser()
    const other = await withRoom(browser)
    const here = open(browser)
    await settle()
    await here.client.forget()
    expect([...browser.records]).toEqual([])
    for (const page of [other, here]) {
      void page.room.send('one')
      await page.clock.advance(1_000)
    }
    expect([...browser.records]).toEqual([])
    // It is sent from memory.
    expect(other.network.socket.last('message.send')).toMatchObject({ text: 'one' })
  })

  test('nobody: what is kept is deleted a moment later, unless somebody is there after all', async () => {
    const browser = createFakeBrowser()
    const before = await withRoom(browser)
    before.die()
    const loading = openWith(browser.openPage().runtime, { userId: null })
    await loading.clock.advance(4_000)
    loading.client.destroy()
    await loading.clock.advance(60_000)
    expect(kept(browser, 'room')).toHaveLength(1)
    const nobody = openWith(browser.openPage().runtime, { userId: null })
    await nobody.clock.advance(5_000)
    expect([...browser.records]).toEqual([])
    expect(nobody.network.sockets).toEqual([])
  })

  test('offline: false keeps nothing', async () => {
    const browser = createFakeBrowser()
    const page = open(browser, undefined, { offline: false })
    await page.welcomeNow()
    await page.openNow(opened(3, []))
    void page.room.send('one')
    await page.clock.advance(1_000)
    expect(page.network.socket.last('message.send')).toMatchObject({ text: 'one' })
    expect([...browser.records]).toEqual([])
  })
})

describe('a device that fails', () => {
  const refusing: DeviceStorage = { transact: () => Promise.reject(new Error('It is full.')) }
  const silent: DeviceStorage = { transact: () => new Promise(() => {}) }

  test.each([
    ['refuses', refusing, 0],
    ['never answers', silent, 3_000],
  ])('one that %s holds up nothing: the client goes on in memory', async (_how, storage, waitMs) => {
    const page = openWith({ locks: null, tabMemory: null, openStorage: () => storage }, { userId: 'ada' })
    void page.room.send('one')
    await page.clock.advance(Math.min(waitMs, 1_000))
    await page.welcomeNow()
    await page.openNow(opened(3, []))
    await page.clock.advance(waitMs)
    expect(await sendAll(page)).toEqual(['one'])
    page.client.destroy()
    const forgetting = page.client.forget()
    await page.clock.advance(waitMs)
    await forgetting
  })

  test('[G5] one that fails while it lets go of a discarded message: that is taken back at the service, then told', async () => {
    const { page, fill } = openOnFillingDevice()
    await settle()
    page.room.send('one').catch(() => {})
    await settle()
    fill()
    const told: boolean[] = []
    void page.room.discard(page.room.getSnapshot().messages[0]?.id ?? '').then((isGone) => told.push(isGone))
    await settle()
    expect([told, texts(page)]).toEqual([[], []])
    await page.welcomeNow()
    await page.openNow(opened(3, []))
    const cancel = page.network.socket.last('message.cancel')
    page.network.socket.say({ ref: cancel?.ref ?? 0, ok: { id: cancel?.id ?? '' } })
    await settle()
    expect(told).toEqual([true])
    expect(page.network.socket.all('message.send')).toEqual([])
  })

  test('[G5] one that fails while it notes a first refusal: the id is burned at the service, then it is told', async () => {
    const { page, fill } = openOnFillingDevice()
    const told: string[] = []
    await settle()
    page.room.send('one').catch(({ code }: { code: string }) => told.push(code))
    await page.welcomeNow()
    await page.openNow(opened(3, []))
    fill()
    const { ref } = page.network.socket.last('message.send')
    page.network.socket.say({ ref, error: { code: 'forbidden', message: 'No.', retryable: false } })
    await settle()
    // The device has it as one to be sent: told now, it could still be stored by the next page.
    expect([told, texts(page)]).toEqual([[], ['pending one']])
    const cancel = page.network.socket.last('message.cancel')
    page.network.socket.say({ ref: cancel.ref, ok: { id: cancel.id } })
    await settle()
    expect([told, texts(page)]).toEqual([['forbidden'], ['failed one']])
    void page.room.retry(cancel.id)
    await settle()
    expect(page.network.socket.last('message.send').id).not.toBe(cancel.id)
  })

  test('[G5] a first refusal is told at once where the device has noted it, with nothing asked of the service', async () => {
    const { page } = openOnFillingDevice()
    await settle()
    const sent = page.room.send('one')
    await page.welcomeNow()
    await page.openNow(opened(3, []))
    const { ref } = page.network.socket.last('message.send')
    page.network.socket.say({ ref, error: { code: 'forbidden', message: 'No.', retryable: false } })
    await expect(sent).rejects.toMatchObject({ code: 'forbidden' })
    expect(texts(page)).toEqual(['failed one'])
    expect(page.network.socket.all('message.cancel')).toEqual([])
  })

  test('[G5] one that fails later: what it holds already is taken back at the service when it is discarded', async () => {
    const { page, fill } = openOnFillingDevice()
    await settle()
    void page.room.send('one')
    await settle()
    fill()
    void page.room.send('two')
    await settle()
    void page.room.discard(page.room.getSnapshot().messages[0]?.id ?? '')
    await page.welcomeNow()
    await page.openNow(opened(3, []))
    expect(page.network.socket.all('message.cancel')).toHaveLength(1)
  })
})

/** A page of Ada's whose device is full from the moment that a test says so. */
function openOnFillingDevice() {
  const { runtime } = createFakeBrowser().openPage()
  const storage = runtime.openStorage('')!
  let isFull = false
  const failing: DeviceStorage = {
    transact: (work) => (isFull ? Promise.reject(new Error('It is full.')) : storage.transact(work)),
  }
  return {
    page: openWith({ ...runtime, openStorage: () => failing }, { userId: 'ada' }),
    fill() {
      isFull = true
    },
  }
}

/** A browser whose device stands still when a test says so. */
function createSlowBrowser() {
  const waiting: (() => void)[] = []
  let isStalled = false
  const delay = () => (isStalled ? new Promise<void>((resolve) => waiting.push(resolve)) : Promise.resolve())
  return {
    browser: createFakeBrowser(delay),
    stall() {
      isStalled = true
    },
    goOn() {
      isStalled = false
      for (const resolve of waiting.splice(0)) resolve()
    },
  }
}

type Page = ReturnType<typeof openWith>

function RECORD() {
  const { epoch, room, me, members } = { ...SNAPSHOT }
  return { epoch, seq: 4, room, me, members, membersComplete: true, low: 0, rows: [messageRow(4)] }
}

let made = 0

function openWith(
  runtime: ChatClientOptions['runtime'],
  options: Partial<ChatClientOptions>,
  initial?: typeof SNAPSHOT,
) {
  made += 1
  const mine = made
  let ids = 0
  const newId = (): string => {
    ids += 1
    return `id-${mine}-${ids}`
  }
  const chat = createFakeClient({ ...options, runtime: { newId, ...runtime } })
  const room = chat.client.room('general', { initial: initial ?? null })
  room.open()
  return { ...chat, room, ids: [] as string[] }
}

/** A page of Ada's with one open room. */
function open(browser: FakeBrowser, tab?: Map<string, string>, options: Partial<ChatClientOptions> = {}) {
  const { runtime, die } = browser.openPage(tab)
  return { ...openWith(runtime, { userId: 'ada', ...options }), die }
}

/** A page that was live, with two messages, and whose room is kept. */
async function withRoom(browser: FakeBrowser, tab?: Map<string, string>) {
  const page = open(browser, tab)
  await page.welcomeNow()
  await page.openNow(opened(4, [messageRow(3), messageRow(4)]))
  await page.clock.advance(500)
  return page
}

function pageOf(browser: FakeBrowser) {
  return { storage: browser.openPage().runtime.openStorage('')! }
}

function texts({ room }: Pick<Page, 'room'>): string[] {
  return room.getSnapshot().messages.map(({ status, text }) => `${status} ${text}`)
}

/** Every record of a kind. */
function kept({ records }: FakeBrowser, kind: string): unknown[] {
  return [...records].filter(([key]) => key.startsWith(`["${kind}"`)).map(([, record]) => record)
}

/** Acknowledges everything that is sent from now on, until nothing is. */
async function sendAll(page: Page): Promise<string[]> {
  const sent: MessageSendCommand[] = []
  for (;;) {
    await settle()
    const commands = page.network.socket.all('message.send')
    const command = commands[sent.length]
    if (!command) return sent.map(({ text }) => text)
    sent.push(command)
    page.ids.push(command.id)
    const seq = 3 + sent.length
    page.network.socket.say({ ref: command.ref, ok: { id: command.id, seq } })
  }
}
