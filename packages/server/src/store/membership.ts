/** Membership: what a member row makes of its user. */
import type { MemberRow, Standing } from '@parlor/protocol'

/** Whether this is the row of somebody who is a member now. */
export function isMember(member: MemberRow | null | undefined): member is MemberNow {
  return member !== null && member !== undefined && member.gone === undefined
}

/** What this member row makes of its user; without a row, a visitor. */
export function standingOf(member: MemberRow | null | undefined): Standing {
  if (!member || member.gone === 'left') return 'visitor'
  return member.gone === 'removed' ? 'removed' : member.role
}

// --- types ---

/** The row of somebody who isn't gone. */
export type MemberNow = MemberRow & { gone?: never }
