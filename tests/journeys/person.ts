/** Person: somebody with a browser of their own, and what they do and see in the demo. */
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  expect,
  type Locator,
  type Page,
  type WebSocket,
} from 'playwright/test'
import type { Stack } from './stack.ts'

/** Signed in already if somebody of this name has signed in before, as a returning visitor is. */
export class Person {
  readonly name: string
  readonly context: BrowserContext
  readonly page: Page
  /** Every WebSocket that any of this person's pages has opened to the service. */
  readonly sockets: WebSocket[] = []
  /** What their pages complained of: console errors and warnings, and uncaught errors. */
  readonly complaints: string[] = []
  readonly #stack: Stack

  static async create(browser: Browser, stack: Stack, name: string, options: BrowserContextOptions): Promise<Person> {
    const context = await browser.newContext({ baseURL: stack.appUrl, ...options })
    await context.addCookies(stack.sessions.get(name) ?? [])
    return new Person(name, context, await context.newPage(), stack)
  }

  private constructor(name: string, context: BrowserContext, page: Page, stack: Stack) {
    this.name = name
    this.context = context
    this.page = page
    this.#stack = stack
    this.#watch(page)
  }

  /** Another tab of the same browser, watched like the first. */
  async openTab(): Promise<Page> {
    const page = await this.context.newPage()
    this.#watch(page)
    return page
  }

  /** Goes to a page of the app, through the app's own sign-in form where that stands in the way. */
  async visit(path: string): Promise<void> {
    const { page } = this
    const form = page.getByLabel('Your name')
    // On a phone, a room hides the frame that the button is in.
    const inside = page.getByRole('button', { name: 'Sign out', includeHidden: true })
    await page.goto(path)
    await form.or(inside).first().waitFor({ state: 'attached' })
    if (!(await form.isVisible())) return
    await this.signIn()
    await inside.waitFor({ state: 'attached' })
    this.#stack.sessions.set(this.name, await this.context.cookies())
  }

  /** Fills in the form that is shown. */
  async signIn(name = this.name): Promise<void> {
    await this.page.getByLabel('Your name').fill(name)
    await this.page.getByRole('button', { name: 'Sign in' }).click()
  }

  async signOut(): Promise<void> {
    this.#stack.sessions.delete(this.name)
    await this.page.getByRole('button', { name: 'Sign out' }).click()
    await this.page.getByLabel('Your name').waitFor()
  }

  /** Goes into a room and waits until it is live. */
  async enter(roomId: string): Promise<RoomView> {
    await this.visit(`/rooms/${roomId}`)
    const room = new RoomView(this.page)
    await room.isLive()
    return room
  }

  get openSockets(): WebSocket[] {
    return this.sockets.filter((socket) => !socket.isClosed())
  }

  #watch(page: Page): void {
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return
      this.complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`)
    })
    page.on('pageerror', (error) => this.complaints.push(`uncaught: ${error.stack ?? error.message}`))
    page.on('websocket', (socket) => {
      if (socket.url().startsWith(this.#stack.network.url.replace('http', 'ws'))) this.sockets.push(socket)
    })
  }
}

/** The page of a room, by what a person sees and hears there. */
export class RoomView {
  readonly page: Page
  /** The list of messages, which scrolls. */
  readonly list: Locator
  readonly composer: Locator
  readonly banner: Locator

  constructor(page: Page) {
    this.page = page
    this.list = page.getByRole('log', { name: 'Messages' })
    this.composer = page.getByRole('textbox', { name: 'Message', exact: true })
    this.banner = page.locator('.parlor-banner')
  }

  async isLive(): Promise<void> {
    await expect(this.banner).toHaveAttribute('data-status', 'live')
  }

  /** Types a message and presses Enter; doesn't wait for what becomes of it. */
  async type(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Enter')
  }

  /** Sends a message as a thumb does, and waits until the service has it: Enter starts a new line there. */
  async tapIn(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.page.getByRole('button', { name: 'Send', exact: true }).tap()
    await expect(this.message(text)).toHaveAttribute('data-status', 'sent')
  }

  /** Sends a message, and waits until the service has it. */
  async say(text: string): Promise<void> {
    await this.type(text)
    await expect(this.message(text)).toHaveAttribute('data-status', 'sent')
  }

  /** Presses the banner's button, if it still offers one. */
  async tryNow(): Promise<void> {
    const button = this.banner.getByRole('button', { name: 'Try now' })
    // It may be live again, and the button gone, at any moment.
    await button.click({ timeout: 2_000 }).catch(async (error) => {
      if (await button.isVisible()) throw error
    })
  }

  /** The message with exactly this text. */
  message(text: string): Locator {
    return this.list.getByRole('article').filter({ has: this.page.getByText(text, { exact: true }) })
  }

  get messages(): Locator {
    return this.list.getByRole('article')
  }

  /** The texts of all messages that are loaded, from the top. */
  async texts(): Promise<string[]> {
    return this.list.locator('.parlor-message-text').allTextContents()
  }

  /** Opens a message's toolbar as a mouse does. */
  async toolbar(text: string): Promise<Locator> {
    const message = this.message(text)
    await message.hover()
    return message.getByRole('group', { name: 'Message actions' })
  }

  async edit(text: string, to: string): Promise<void> {
    await (await this.toolbar(text)).getByRole('button', { name: 'Edit' }).click()
    const field = this.page.getByRole('textbox', { name: 'Editing your message' })
    await expect(field).toHaveValue(text)
    await field.fill(to)
    await field.press('Enter')
  }

  async remove(text: string): Promise<void> {
    await (await this.toolbar(text)).getByRole('button', { name: 'Delete' }).click()
    const question = this.message(text).getByRole('group', { name: 'Delete for everyone?' })
    await question.getByRole('button', { name: 'Delete' }).click()
  }

  async react(text: string, emoji: string): Promise<void> {
    await (await this.toolbar(text)).getByRole('button', { name: 'Add reaction' }).click()
    const picker = this.page.getByRole('dialog', { name: 'Add reaction' })
    await picker.getByRole('button', { name: `React with ${emoji}` }).click()
  }

  /** The button below a message that counts one emoji. */
  reaction(text: string, emoji: string): Locator {
    return this.message(text).getByRole('group', { name: 'Reactions' }).getByRole('button', { name: emoji })
  }
}
