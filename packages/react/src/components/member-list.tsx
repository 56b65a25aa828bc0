'use client'
/** MemberList: who is in the room, those with a role first. */
import type { MemberRow } from '@parlor/client'
import { memo, type ReactNode, useMemo, useState } from 'react'
import { useStrings } from '../chat-context.ts'
import type { UseChatResult } from '../use-chat.ts'
import { usePresence } from '../use-presence.ts'
import { Avatar } from './avatar.tsx'
import { PresenceDot } from './presence-dot.tsx'

export const MemberList = memo(function MemberList({ chat }: MemberListProps): ReactNode {
  const strings = useStrings()
  const presence = usePresence(chat.roomId)
  const [failed, setFailed] = useState(false)
  const members = useMemo(() => chat.members.toSorted(byRoleAndName), [chat.members])
  const states = useMemo(() => new Map(presence.online.map(({ id, state }) => [id, state])), [presence.online])
  const roles: Record<MemberRow['role'], string | null> = {
    owner: strings.owner,
    moderator: strings.moderator,
    member: null,
    guest: strings.guest,
  }
  return (
    <div className="parlor parlor-members">
      <ul className="parlor-members-list" aria-label={strings.members}>
        {members.map((member) => (
          <li key={member.userId} className="parlor-member">
            <span className="parlor-with-dot">
              <Avatar user={{ id: member.userId, name: member.name, picture: member.picture }} size="small" />
              <PresenceDot state={states.get(member.userId)} />
            </span>
            <span className="parlor-member-name">
              <bdi>{member.name ?? strings.someone}</bdi>
            </span>
            {member.userId === chat.user?.id && <span className="parlor-member-you">({strings.you})</span>}
            {roles[member.role] && <span className="parlor-member-role">{roles[member.role]}</span>}
          </li>
        ))}
      </ul>
      {!chat.membersComplete && members.length > 0 && (
        <button
          type="button"
          className="parlor-button parlor-list-more"
          onClick={() => {
            setFailed(false)
            chat.loadMembers().catch(() => setFailed(true))
          }}
        >
          {failed ? strings.loadFailed : strings.loadMembers}
        </button>
      )}
    </div>
  )
})

const RANKS: Record<MemberRow['role'], number> = { owner: 0, moderator: 1, member: 2, guest: 3 }

/** By code points, not by a locale's rules: the server's HTML and the browser must agree. */
function byRoleAndName(a: MemberRow, b: MemberRow): number {
  const [left, right] = [a, b].map((member) => (member.name ?? '').toLowerCase()) as [string, string]
  return RANKS[a.role] - RANKS[b.role] || (left < right ? -1 : left > right ? 1 : 0)
}

// --- types ---

export interface MemberListProps {
  chat: UseChatResult
}
