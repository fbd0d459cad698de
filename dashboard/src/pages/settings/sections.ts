import { t } from "@lingui/core/macro";
import {
  Archive,
  BellRing,
  CalendarClock,
  CircleUser,
  HardDrive,
  HeartPulse,
  IdCard,
  Info,
  KeyRound,
  PackageCheck,
  ScrollText,
  ServerCog,
  Share2,
  Users,
} from "lucide-react";

/** Everything that can be set or looked up about this hub and oneself, by whom or what it concerns. */
export const SECTIONS = [
  {
    title: t`You`,
    pages: [
      { to: "/account", label: t`Your account`, text: t`Password, second factor, devices, push`, icon: CircleUser },
      { to: "/account/api-tokens", label: t`API tokens`, text: t`For scripts that act in your place`, icon: KeyRound },
    ],
  },
  {
    title: t`People`,
    pages: [
      { to: "/settings/people", label: t`People and roles`, text: t`Who may log in, and do what`, icon: Users },
      { to: "/settings/identity-provider", label: t`Identity provider`, text: t`Single sign-on`, icon: IdCard },
      { to: "/settings/shares", label: t`Shared pages`, text: t`Links that show one page`, icon: Share2 },
      { to: "/settings/audit", label: t`Audit log`, text: t`Who did what, and from where`, icon: ScrollText },
    ],
  },
  {
    title: t`Being told`,
    pages: [
      { to: "/settings/notifications", label: t`Notifications`, text: t`Channels, routes, history`, icon: BellRing },
      { to: "/settings/on-call", label: t`On call`, text: t`Rotas and escalations`, icon: CalendarClock },
    ],
  },
  {
    title: t`Servers`,
    pages: [
      { to: "/settings/enrollment", label: t`Enrollment`, text: t`Tokens that let servers in`, icon: ServerCog },
      {
        to: "/settings/agent-versions",
        label: t`Agent versions`,
        text: t`Releases, upgrades in rings`,
        icon: PackageCheck,
      },
    ],
  },
  {
    title: t`The hub`,
    pages: [
      { to: "/settings/watch", label: t`Health`, text: t`Is anybody watching?`, icon: HeartPulse },
      {
        to: "/settings/storage",
        label: t`Retention and storage`,
        text: t`What is kept, and for how long`,
        icon: HardDrive,
      },
      { to: "/settings/backup", label: t`Backup`, text: t`How to make one, and to restore it`, icon: Archive },
      { to: "/settings/about", label: t`About`, text: t`Version, certificate, licence`, icon: Info },
    ],
  },
] as const;
