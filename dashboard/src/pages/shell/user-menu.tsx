import { ph, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { CircleUser, LogOut, Settings, UserCog } from "lucide-react";
import { ScopeText } from "@/components/scope-picker";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { isEverything } from "@/lib/access";
import { useUser } from "@/state/session";
import { useLogOut } from "./use-log-out";

export function UserMenu() {
  const user = useUser();
  const navigate = useNavigate();
  const leave = useLogOut();
  return (
    <Menu
      label={t`Account`}
      trigger={
        <Button variant="ghost" size="icon" aria-label={t`Account of ${{ name: user.username }}`}>
          <CircleUser className="size-[1.125rem]" aria-hidden />
        </Button>
      }
    >
      <MenuLabel>
        <span className="block font-medium text-sm text-text">{user.username}</span>
        <Trans>Role: {ph({ role: user.role })}</Trans>
        {!isEverything(user.scope) && (
          <span className="block max-w-56">
            <ScopeText scope={user.scope} />
          </span>
        )}
      </MenuLabel>
      <MenuSeparator />
      <MenuItem onSelect={() => void navigate({ to: "/account" })}>
        <UserCog className="size-4 text-muted" aria-hidden />
        <Trans>Your account</Trans>
      </MenuItem>
      {!user.must_enroll && (
        <MenuItem onSelect={() => void navigate({ to: "/settings" })}>
          <Settings className="size-4 text-muted" aria-hidden />
          <Trans>Settings</Trans>
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem onSelect={() => void leave()}>
        <LogOut className="size-4 text-muted" aria-hidden />
        <Trans>Log out</Trans>
      </MenuItem>
    </Menu>
  );
}
