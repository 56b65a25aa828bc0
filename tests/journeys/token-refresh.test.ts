import type { Page } from 'playwright/test'
import { mintChatToken } from '../conformance/tokens.ts'
import { expect, test } from './fixture.ts'
import { SECRET } from './stack.ts'

test('[G8] a token that runs out is refreshed on the live socket, again and again, and nothing is interrupted', async ({
  newPerson,
  roomId,
}) => {
  test.setTimeout(90_000)
  const ada = await newPerson('Ada Lovelace')
  const tokens = await shortenTokens(ada.page)
  const room = await ada.enter(roomId)
  await room.say('With the first token')
  const refreshes: string[] = []
  ada.sockets[0]?.on('framesent', ({ payload }) => {
    const { type } = JSON.parse(String(payload)) as { type: string }
    if (type === 'session.refresh') refreshes.push(type)
  })

  // Without another token, the service would close the socket when this one's tolerance of 15 s is over.
  const endOfFirst = Date.now() + (LIFE_SECONDS + 15 + 1) * 1000
  await expect.poll(() => Date.now(), { timeout: 60_000 }).toBeGreaterThan(endOfFirst)
  await room.say('With a later token')
  expect(refreshes.length).toBeGreaterThanOrEqual(3)
  expect(tokens.given).toBeGreaterThan(refreshes.length)
  expect(ada.sockets).toHaveLength(1)
  expect(ada.openSockets).toHaveLength(1)
  await room.isLive()
})

test('[G8] when the session has ended, the chat ends with it, and says so', async ({ newPerson, roomId, allow }) => {
  allow(/status of 401 \(Unauthorized\) \(.*\/api\/chat\/token\)/)
  const ada = await newPerson('Ada Lovelace')
  await shortenTokens(ada.page)
  const room = await ada.enter(roomId)
  await room.say('Still signed in')
  await room.composer.fill('Not sent yet')

  await ada.context.clearCookies()
  await expect(room.banner).toHaveAttribute('data-status', 'denied')
  await expect(room.banner).toContainText('You’re signed out. Sign in to chat.')
  await expect.poll(() => ada.openSockets.length).toBe(0)
  await expect(room.message('Still signed in')).toBeVisible()
  await expect(room.composer).toHaveValue('Not sent yet')
})

/** The app's own route answers, and its token is made again with a shorter life. */
async function shortenTokens(page: Page): Promise<{ given: number }> {
  const tokens = { given: 0 }
  await page.route('**/api/chat/token', async (route) => {
    const response = await route.fetch()
    if (!response.ok()) return route.fulfill({ response })
    const { token } = (await response.json()) as { token: string }
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
    const exp = Math.floor(Date.now() / 1000) + LIFE_SECONDS
    tokens.given += 1
    return route.fulfill({
      response,
      json: {
        token: mintChatToken(String(claims.sub), { secret: SECRET, claims: { ...claims, exp } }),
        expiresAt: exp * 1000,
      },
    })
  })
  return tokens
}

/** A token of the real route lives for a minute at least. */
const LIFE_SECONDS = 4
