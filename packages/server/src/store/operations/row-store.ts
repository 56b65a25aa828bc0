/** RowStore is a Store whose operations run over Rows; a backend says only how a transaction is made around them. */

import type { RoomAction } from '../change.ts'
import type { MemberAddition, MemberListQuery, MemberRemoval, MemberUpdate } from '../members.ts'
import type { MessageDraft, MessageEdit, MessageListQuery, MessageTarget } from '../messages.ts'
import type { ReactionChange } from '../reactions.ts'
import { openFrom } from '../room-picture.ts'
import type { ChangesQuery, OpenRoomQuery, RoomQuery, RoomUpsert } from '../rooms.ts'
import type { Store } from '../store.ts'
import type { Answer, Arguments, ChangeName, ReadName } from './operations.ts'

export abstract class RowStore implements Store {
  abstract readonly startId: string
  abstract checkHealth(): Promise<void>
  abstract close(): Promise<void>

  /** Runs one of CHANGES in a transaction; settles after its commit. */
  protected abstract change<N extends ChangeName>(name: N, args: Arguments<N>): Promise<Answer<N>>
  /** Runs one of READS on a snapshot. */
  protected abstract read<N extends ReadName>(name: N, args: Arguments<N>): Promise<Answer<N>>

  async openRoom({ roomId, isOpen, ...reader }: OpenRoomQuery) {
    return openFrom(await this.readRoom({ roomId, isOpen, readers: [reader] }), reader)
  }

  readRoom(query: RoomQuery) {
    return this.read('readRoom', [query])
  }

  listRooms(query: { userId: string; limit: number }) {
    return this.read('listRooms', [query])
  }

  readHeads(roomIds: readonly string[]) {
    return this.read('readHeads', [roomIds])
  }

  readChanges(query: ChangesQuery) {
    return this.read('readChanges', [query])
  }

  upsertRoom(upsert: RoomUpsert) {
    return this.change('upsertRoom', [upsert])
  }

  joinRoom(action: RoomAction) {
    return this.change('joinRoom', [action])
  }

  leaveRoom(action: RoomAction) {
    return this.change('leaveRoom', [action])
  }

  addMember(addition: MemberAddition) {
    return this.change('addMember', [addition])
  }

  removeMember(removal: MemberRemoval) {
    return this.change('removeMember', [removal])
  }

  updateMember(update: MemberUpdate) {
    return this.change('updateMember', [update])
  }

  listMembers(query: MemberListQuery) {
    return this.read('listMembers', [query])
  }

  sendMessage(draft: MessageDraft) {
    return this.change('sendMessage', [draft])
  }

  editMessage(edit: MessageEdit) {
    return this.change('editMessage', [edit])
  }

  deleteMessage(deletion: MessageTarget) {
    return this.change('deleteMessage', [deletion])
  }

  cancelMessage(cancellation: MessageTarget) {
    return this.change('cancelMessage', [cancellation])
  }

  listMessages(query: MessageListQuery) {
    return this.read('listMessages', [query])
  }

  setReaction(reaction: ReactionChange) {
    return this.change('setReaction', [reaction])
  }

  revokeSession(sid: string, until: number) {
    return this.change('revokeSession', [sid, until])
  }

  listRevokedSessions(after?: number) {
    return this.read('listRevokedSessions', [after])
  }
}
