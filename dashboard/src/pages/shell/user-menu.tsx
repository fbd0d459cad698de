import { useNavigate } from "@tanstack/react-router";
import {
  BellRing,
  CircleUser,
  HeartPulse,
  KeyRound,
  LogOut,
  PackageCheck,
  ScrollText,
  Share2,
  UserCog,
  Users,
} from "lucide-react";
import { ScopeText } from "@/components/scope-picker";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { isEverything } from "@/lib/access";
import { useGoverns, useMay, useUser } from "@/state/session";
import { useLogOut } from "./use-log-out";

export function UserMenu() {
  const user = useUser();
  const governs = useGoverns();
  const shares = useMay("operator");
  const navigate = useNavigate();
  const leave = useLogOut();
  return (
    <Menu
      label="Account"
      trigger={
        <Button variant="ghost" size="icon" aria-label={`Account of ${user.username}`}>
          <CircleUser className="size-[1.125rem]" aria-hidden />
        </Button>
      }
    >
      <MenuLabel>
        <span className="block font-medium text-sm text-text">{user.username}</span>
        Role: {user.role}
        {!isEverything(user.scope) && (
          <span className="block max-w-56">
            <ScopeText scope={user.scope} />
          </span>
        )}
      </MenuLabel>
      <MenuSeparator />
      <MenuItem onSelect={() => void navigate({ to: "/account" })}>
        <UserCog className="size-4 text-muted" aria-hidden />
        Your account
      </MenuItem>
      <MenuItem onSelect={() => void navigate({ to: "/account/api-tokens" })}>
        <KeyRound className="size-4 text-muted" aria-hidden />
        API tokens
      </MenuItem>
      <MenuSeparator />
      <MenuItem onSelect={() => void navigate({ to: "/settings/agent-versions" })}>
        <PackageCheck className="size-4 text-muted" aria-hidden />
        Agent versions
      </MenuItem>
      <MenuItem onSelect={() => void navigate({ to: "/settings/notifications" })}>
        <BellRing className="size-4 text-muted" aria-hidden />
        Notifications
      </MenuItem>
      <MenuItem onSelect={() => void navigate({ to: "/settings/watch" })}>
        <HeartPulse className="size-4 text-muted" aria-hidden />
        Watch
      </MenuItem>
      {shares && (
        <MenuItem onSelect={() => void navigate({ to: "/settings/shares" })}>
          <Share2 className="size-4 text-muted" aria-hidden />
          Shared pages
        </MenuItem>
      )}
      {governs && (
        <MenuItem onSelect={() => void navigate({ to: "/settings/people" })}>
          <Users className="size-4 text-muted" aria-hidden />
          People
        </MenuItem>
      )}
      {governs && (
        <MenuItem onSelect={() => void navigate({ to: "/settings/audit" })}>
          <ScrollText className="size-4 text-muted" aria-hidden />
          Audit log
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem onSelect={() => void leave()}>
        <LogOut className="size-4 text-muted" aria-hidden />
        Log out
      </MenuItem>
    </Menu>
  );
}
