import Copy from '@lucide/svelte/icons/copy'
import Flag from '@lucide/svelte/icons/flag'
import History from '@lucide/svelte/icons/history'
import Link from '@lucide/svelte/icons/link'
import MessagesSquare from '@lucide/svelte/icons/messages-square'
import Pencil from '@lucide/svelte/icons/pencil'
import Pin from '@lucide/svelte/icons/pin'
import PinOff from '@lucide/svelte/icons/pin-off'
import Reply from '@lucide/svelte/icons/reply'
import Trash from '@lucide/svelte/icons/trash-2'
import type { Action } from '../../model/actions'

/** The actions of menus, in their order there. */
export const ACTIONS: { action: Exclude<Action, 'react'>; label: string; icon: typeof Copy; key?: string }[] = [
  { action: 'reply', label: 'Reply', icon: Reply, key: 'R' },
  { action: 'thread', label: 'Reply in thread', icon: MessagesSquare, key: 'T' },
  { action: 'edit', label: 'Edit', icon: Pencil, key: 'E' },
  { action: 'copy', label: 'Copy text', icon: Copy, key: 'C' },
  { action: 'link', label: 'Copy link', icon: Link },
  { action: 'pin', label: 'Pin to the room', icon: Pin },
  { action: 'unpin', label: 'Unpin', icon: PinOff },
  { action: 'history', label: 'Edit history', icon: History },
  { action: 'report', label: 'Report', icon: Flag },
  { action: 'delete', label: 'Delete', icon: Trash, key: 'Del' },
]

export const QUICK_EMOJI = ['👍', '❤️', '😂', '🎉', '😮', '🙏']
