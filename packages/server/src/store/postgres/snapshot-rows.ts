/** SnapshotRows are the answers that one snapshot of the database gave; asked for another one, they say that it is missing. */
import type { MemberRow, MessageRow } from '@parlor/protocol'
import type { BurnedId, Finds, Lists, StoredMessage, StoredRoom } from '../operations/rows.ts'
import type { Epoch } from '../room-picture.ts'
import { Missing } from './missing.ts'

export class SnapshotRows implements Finds, Lists {
  readonly #answers = new Map<string, unknown>()

  /** Keeps the answer to what was asked, or will be. */
  keep<N extends keyof Asked>(method: N, args: Parameters<Asked[N]>, answer: ReturnType<Asked[N]>): void {
    this.#answers.set(keyOf(method, args), answer)
  }

  has({ method, args }: SnapshotNeed): boolean {
    return this.#answers.has(keyOf(method, args))
  }

  findRoom(roomId: string): StoredRoom | undefined {
    return this.#ask('findRoom', [roomId])
  }

  findMember(roomId: string, userId: string): MemberRow | undefined {
    return this.#ask('findMember', [roomId, userId])
  }

  findMessage(roomId: string, messageId: string): StoredMessage | undefined {
    return this.#ask('findMessage', [roomId, messageId])
  }

  isBurned(id: BurnedId): boolean {
    return this.#ask('isBurned', [id])
  }

  countOwners(roomId: string): number {
    return this.#ask('countOwners', [roomId])
  }

  listRooms(userId: string, limit: number): StoredRoom[] {
    return this.#ask('listRooms', [userId, limit])
  }

  listEpochs(roomId: string): Epoch[] {
    return this.#ask('listEpochs', [roomId])
  }

  findMembers(roomId: string, userIds: readonly string[]): MemberRow[] {
    return this.#ask('findMembers', [roomId, userIds])
  }

  listLeadingMembers(roomId: string, limit: number): MemberRow[] {
    return this.#ask('listLeadingMembers', [roomId, limit])
  }

  listMembers(roomId: string, after: string, limit: number): MemberRow[] {
    return this.#ask('listMembers', [roomId, after, limit])
  }

  listChangedMembers(roomId: string, from: number, limit: number): MemberRow[] {
    return this.#ask('listChangedMembers', [roomId, from, limit])
  }

  listNewestMembers(roomId: string, from: number, limit: number): MemberRow[] {
    return this.#ask('listNewestMembers', [roomId, from, limit])
  }

  findMessageSeqs(roomId: string, messageIds: readonly string[]): Map<string, number> {
    return this.#ask('findMessageSeqs', [roomId, messageIds])
  }

  listMessagesBefore(roomId: string, seq: number, limit: number): MessageRow[] {
    return this.#ask('listMessagesBefore', [roomId, seq, limit])
  }

  listMessagesAfter(roomId: string, seq: number, limit: number): MessageRow[] {
    return this.#ask('listMessagesAfter', [roomId, seq, limit])
  }

  listNewestChanged(roomId: string, from: number, limit: number): MessageRow[] {
    return this.#ask('listNewestChanged', [roomId, from, limit])
  }

  listRevokedSessions(after: number): string[] {
    return this.#ask('listRevokedSessions', [after])
  }

  #ask<N extends keyof Asked>(method: N, args: Parameters<Asked[N]>): ReturnType<Asked[N]> {
    const key = keyOf(method, args)
    if (!this.#answers.has(key)) throw new Missing<SnapshotNeed>({ method, args } as SnapshotNeed)
    return this.#answers.get(key) as ReturnType<Asked[N]>
  }
}

function keyOf(method: string, args: readonly unknown[]): string {
  return JSON.stringify([method, ...args])
}

// --- types ---

/** What can be asked, by its name. */
export type Asked = Finds & Lists

/** One question to a snapshot. */
export type SnapshotNeed = { [N in keyof Asked]: { method: N; args: Parameters<Asked[N]> } }[keyof Asked]
