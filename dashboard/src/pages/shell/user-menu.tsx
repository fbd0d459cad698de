import { useNavigate } from "@tanstack/react-router";
import { CircleUser, LogOut, PackageCheck, ScrollText } from "lucide-react";
import { logout } from "@/api/calls";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { forgetSession, mayAct, useUser } from "@/state/session";

export function UserMenu() {
  const user = useUser();
  const navigate = useNavigate();
  const leave = async () => {
    try {
      await logout();
    } catch {
      // The hub may be away or may already have forgotten the session: this browser forgets it either way.
    }
    await navigate({ to: "/login" });
    forgetSession();
  };
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
      </MenuLabel>
      <MenuSeparator />
      <MenuItem onSelect={() => void navigate({ to: "/settings/agent-versions" })}>
        <PackageCheck className="size-4 text-muted" aria-hidden />
        Agent versions
      </MenuItem>
      {mayAct(user.role, "admin") && (
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
