/** @parlor/react: a provider, hooks, and components that are built on nothing else. */

export type {
  Action,
  ChatClient,
  ConnectionSnapshot,
  ConnectionStatus,
  Draft,
  ErrorCode,
  Event,
  Gap,
  JsonObject,
  MemberRow,
  Message,
  MessagePatch,
  MessageReaction,
  MessageStatus,
  PresenceSnapshot,
  PresenceState,
  PresentUser,
  Role,
  RoomKind,
  RoomRow,
  Snapshot,
  TypingSnapshot,
  User,
} from '@parlor/client'
export { ChatError } from '@parlor/client'
export { ChatProvider, type ChatProviderProps } from './chat-provider.tsx'
export { Avatar, type AvatarProps } from './components/avatar.tsx'
export { ChatRoom, type ChatRoomProps } from './components/chat-room.tsx'
export { Composer, type ComposerProps } from './components/composer.tsx'
export { ConnectionBanner } from './components/connection-banner.tsx'
export { MemberList, type MemberListProps } from './components/member-list.tsx'
export { MessageList, type MessageListProps } from './components/message-list.tsx'
export { PresenceCount, type PresenceCountProps } from './components/presence-count.tsx'
export { PresenceDot, type PresenceDotProps } from './components/presence-dot.tsx'
export { TypingIndicator, type TypingIndicatorProps } from './components/typing-indicator.tsx'
export { type ChatStrings, defaultStrings, type Plural } from './strings.ts'
export { type UseChatOptions, type UseChatResult, useChat, useChatRoom } from './use-chat.ts'
export { type UseConnectionResult, useConnection } from './use-connection.ts'
export { usePresence } from './use-presence.ts'
export { type UseTypingResult, useTyping } from './use-typing.ts'
