import DatabaseBackup from '@lucide/svelte/icons/database-backup'
import EyeOff from '@lucide/svelte/icons/eye-off'
import Bell from '@lucide/svelte/icons/bell'
import CircleUser from '@lucide/svelte/icons/circle-user-round'
import MonitorSmartphone from '@lucide/svelte/icons/monitor-smartphone'
import SunMoon from '@lucide/svelte/icons/sun-moon'
import type { Component } from 'svelte'
import type { SettingsSection } from '../../state/dialogs.svelte'
import BlockedPeople from './BlockedPeople.svelte'
import OwnData from './OwnData.svelte'
import Appearance from './Appearance.svelte'
import Devices from './Devices.svelte'
import Notifications from './Notifications.svelte'
import OwnProfile from './OwnProfile.svelte'

/** What a user can set for themselves, in the order of the dialog. */
export const SECTIONS: { section: SettingsSection; label: string; icon: typeof Bell; content: Component }[] = [
  { section: 'profile', label: 'Profile', icon: CircleUser, content: OwnProfile },
  { section: 'appearance', label: 'Appearance', icon: SunMoon, content: Appearance },
  { section: 'notifications', label: 'Notifications', icon: Bell, content: Notifications },
  { section: 'devices', label: 'Devices', icon: MonitorSmartphone, content: Devices },
  { section: 'blocked', label: 'Blocked', icon: EyeOff, content: BlockedPeople },
  { section: 'data', label: 'Your data', icon: DatabaseBackup, content: OwnData },
]
