'use client'
/** MemberPanel lists who is in a room, and lets owners and moderators of a private one add people by name. */
import { MemberList, type UseChatResult } from '@parlor/react'
import { useRouter } from 'next/navigation'
import { useActionState, useId, useState } from 'react'
import controls from './controls.module.css'
import type { AddPeople, RoomResult } from './manage-rooms.ts'
import css from './member-panel.module.css'
import { refreshRoomList } from './use-room-list.ts'

export function MemberPanel({ chat, roomId, addPeople }: MemberPanelProps) {
  const { members, room, me } = chat
  const isPrivate = room?.kind === 'private'
  return (
    <div className={css.panel}>
      {!room ? (
        <p className={css.empty}>They appear when the chat is back.</p>
      ) : members.length === 0 ? (
        <p className={css.empty}>Nobody has joined yet. Whoever writes the first message does.</p>
      ) : (
        <MemberList chat={chat} />
      )}
      {!me && room?.kind === 'public' && members.length > 0 && (
        <p className={css.empty}>You join this room with your first message.</p>
      )}
      {isPrivate && chat.can('member.add') && <AddPeopleForm roomId={roomId} addPeople={addPeople} />}
      {me && <LeaveButton chat={chat} />}
    </div>
  )
}

function AddPeopleForm({ roomId, addPeople }: { roomId: string; addPeople: AddPeople }) {
  const id = useId()
  const [result, submit, isBusy] = useActionState(
    (_last: RoomResult, form: FormData) => addPeople(roomId, form).catch(() => UNREACHABLE),
    NOTHING,
  )
  return (
    <form action={submit} className={css.add}>
      <label className={controls.label} htmlFor={id}>
        Add people
      </label>
      <div className={css.row}>
        <input
          className={controls.input}
          id={id}
          name="people"
          autoComplete="off"
          placeholder="Grace Hopper"
          defaultValue={result.problem ? result.people : ''}
        />
        <button type="submit" className={controls.button} disabled={isBusy}>
          Add
        </button>
      </div>
      {result.problem && (
        <p className={controls.error} role="alert">
          {result.problem}
        </p>
      )}
    </form>
  )
}

function LeaveButton({ chat }: { chat: UseChatResult }) {
  const router = useRouter()
  const [problem, setProblem] = useState<string | null>(null)
  async function leave() {
    try {
      await chat.leave()
      // A private room is closed to whoever has left it.
      if (chat.room?.kind === 'private') router.push('/')
      refreshRoomList()
    } catch (error) {
      const isLastOwner = (error as { code?: string }).code === 'last_owner'
      setProblem(isLastOwner ? 'A room keeps at least one owner, and that is you.' : 'That didn’t work. Try again.')
    }
  }
  return (
    <div className={css.leave}>
      <button type="button" className={css.leaveButton} onClick={() => void leave()}>
        Leave this room
      </button>
      {problem && (
        <p className={controls.error} role="alert">
          {problem}
        </p>
      )}
    </div>
  )
}

const NOTHING: RoomResult = {}
const UNREACHABLE: RoomResult = { problem: 'The app didn’t answer. Try again in a moment.' }

// --- types ---

interface MemberPanelProps {
  chat: UseChatResult
  roomId: string
  addPeople: AddPeople
}
