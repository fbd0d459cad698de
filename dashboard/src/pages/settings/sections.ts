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
    title: "You",
    pages: [
      { to: "/account", label: "Your account", text: "Password, second factor, devices, push", icon: CircleUser },
      { to: "/account/api-tokens", label: "API tokens", text: "For scripts that act in your place", icon: KeyRound },
    ],
  },
  {
    title: "People",
    pages: [
      { to: "/settings/people", label: "People and roles", text: "Who may log in, and do what", icon: Users },
      { to: "/settings/identity-provider", label: "Identity provider", text: "Single sign-on", icon: IdCard },
      { to: "/settings/shares", label: "Shared pages", text: "Links that show one page", icon: Share2 },
      { to: "/settings/audit", label: "Audit log", text: "Who did what, and from where", icon: ScrollText },
    ],
  },
  {
    title: "Being told",
    pages: [
      { to: "/settings/notifications", label: "Notifications", text: "Channels, routes, history", icon: BellRing },
      { to: "/settings/on-call", label: "On call", text: "Rotas and escalations", icon: CalendarClock },
    ],
  },
  {
    title: "Servers",
    pages: [
      { to: "/settings/enrollment", label: "Enrollment", text: "Tokens that let servers in", icon: ServerCog },
      {
        to: "/settings/agent-versions",
        label: "Agent versions",
        text: "Releases, upgrades in rings",
        icon: PackageCheck,
      },
    ],
  },
  {
    title: "The hub",
    pages: [
      { to: "/settings/watch", label: "Health", text: "Is anybody watching?", icon: HeartPulse },
      {
        to: "/settings/storage",
        label: "Retention and storage",
        text: "What is kept, and for how long",
        icon: HardDrive,
      },
      { to: "/settings/backup", label: "Backup", text: "How to make one, and to restore it", icon: Archive },
      { to: "/settings/about", label: "About", text: "Version, certificate, licence", icon: Info },
    ],
  },
] as const;
