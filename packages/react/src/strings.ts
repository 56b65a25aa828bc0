/** The words that the components say, in English; each can be replaced. Plain data, so they cross from server components. */

/** `{name}` stands for a value. `Plural` texts are chosen by `count`, with the rules of the locale. */
export const defaultStrings = {
  // messages
  messages: 'Messages',
  noMessages: 'No messages yet',
  noMessagesHint: 'Say hello and start the conversation.',
  loading: 'Loading messages',
  loadOlder: 'Load older messages',
  loadNewer: 'Load newer messages',
  loadingOlder: 'Loading older messages',
  loadFailed: 'Couldn’t load. Try again',
  beginning: 'This is where the conversation begins.',
  jumpToLatest: 'Jump to latest',
  newMessages: { one: '{count} new message', other: '{count} new messages' },
  announceMessage: '{name}: {text}',
  today: 'Today',
  yesterday: 'Yesterday',
  you: 'You',
  someone: 'Someone',
  // one message
  edited: 'edited',
  deleted: 'Message deleted',
  deletedByOther: 'Message removed by a moderator',
  sending: 'Sending',
  sent: 'Sent',
  notSent: 'Not sent.',
  retry: 'Try again',
  discard: 'Discard',
  actions: 'Message actions',
  addReaction: 'Add reaction',
  edit: 'Edit',
  remove: 'Delete',
  confirmRemove: 'Delete for everyone?',
  cancel: 'Cancel',
  changeFailed: 'That didn’t work. {reason}',
  dismiss: 'Dismiss',
  // reactions
  reactions: 'Reactions',
  reactWith: 'React with {emoji}',
  reactedBy: '{emoji} {count}, from {names}',
  andOthers: { one: '{names} and {count} other', other: '{names} and {count} others' },
  // composer
  composer: 'Message',
  composerPlaceholder: 'Write a message',
  composerPlaceholderRoom: 'Message {room}',
  composerHint: 'Enter sends, Shift+Enter starts a new line.',
  send: 'Send',
  editing: 'Editing your message',
  save: 'Save',
  charactersLeft: { one: '{count} character left', other: '{count} characters left' },
  charactersOver: { one: '{count} character too long', other: '{count} characters too long' },
  cannotSend: 'You can read this room, but not write in it.',
  signedOut: 'Sign in to join the conversation.',
  join: 'Join room',
  // connection
  connecting: 'Connecting…',
  catchingUp: 'Catching up…',
  offline: 'You’re offline. Messages are sent when you’re back.',
  unreachable: 'Chat can’t be reached right now. Messages are sent when it’s back.',
  expired: 'Renewing your session…',
  tryNow: 'Try now',
  denied: 'Chat isn’t available right now.',
  // members
  members: 'Members',
  memberCount: { one: '{count} member', other: '{count} members' },
  loadMembers: 'Show more members',
  closeMembers: 'Close members',
  owner: 'Owner',
  moderator: 'Moderator',
  guest: 'Guest',
  // who is there, and who writes
  online: 'Online',
  away: 'Away',
  onlineCount: { one: '{count} online', other: '{count} online' },
  onlineUnsure: 'This may be out of date',
  typingOne: '{name} is typing…',
  typingTwo: '{name} and {other} are typing…',
  typingOthers: { one: '{name} and {count} other are typing…', other: '{name} and {count} others are typing…' },
  typingMany: { one: '{count} person is typing…', other: '{count} people are typing…' },
  // what went wrong, for the person, by error code
  errorUnknown: 'Something went wrong.',
  'error.expired': 'Your session has ended. Sign in again.',
  'error.signed_out': 'You’re signed out. Sign in to chat.',
  'error.session_revoked': 'You were signed out. Sign in again to chat.',
  'error.user_changed': 'Somebody else signed in here. Reload the page.',
  'error.room_not_found': 'There is no such room, or it isn’t open to you.',
  'error.removed': 'You’re no longer in this room.',
  'error.forbidden': 'Your role in this room doesn’t allow that.',
  'error.message_too_long': 'The message is too long.',
  'error.message_deleted': 'The message was deleted.',
  'error.edit_conflict': 'The message was changed in the meantime.',
  'error.reaction_limit': 'This message has as many reactions as fit.',
  'error.rate_limited': 'You’re going a little fast. Wait a moment.',
  'error.message_pending': 'The message is still being sent.',
  'error.offline': 'There is no connection right now.',
  'error.version_unsupported': 'This page is out of date. Reload it.',
  'error.origin_refused': 'This site isn’t allowed to connect yet.',
  'error.last_owner': 'A room keeps at least one owner.',
} satisfies Record<string, string | Plural>

/** Puts the values into a text. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => String(values[name] ?? placeholder))
}

/** The form for a count, with `{count}` written in the locale's digits. Without a locale: plain digits, English rules. */
export function fillCount(
  text: Plural,
  count: number,
  locale: string | undefined,
  values: Record<string, string | number> = {},
): string {
  const form = text[new Intl.PluralRules(locale ?? 'en').select(count)] ?? text.other
  const shown = locale === undefined ? count : new Intl.NumberFormat(locale).format(count)
  return fill(form, { ...values, count: shown })
}

/** What to tell a person about an error; `otherwise` for what only a developer can understand. */
export function describeError(
  strings: ChatStrings,
  error: { code: string } | null | undefined,
  otherwise: string = strings.errorUnknown,
): string {
  const texts: Record<string, string | Plural> = strings
  const text = error && texts[`error.${error.code}`]
  return typeof text === 'string' ? text : otherwise
}

/** Keeps a name from turning around what stands beside it: first-strong isolate, pop (Unicode UAX 9). */
export function isolate(name: string): string {
  return `\u2068${name}\u2069`
}

// --- types ---

export type Plural = { other: string } & Partial<Record<Exclude<Intl.LDMLPluralRule, 'other'>, string>>

export type ChatStrings = {
  [Key in keyof typeof defaultStrings]: (typeof defaultStrings)[Key] extends string ? string : Plural
}
