import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { CircleUser, LogOut, Settings } from "lucide-react";
import type { ComponentProps } from "react";
import { Dialog } from "@/components/ui/dialog";
import { Segmented } from "@/components/ui/segmented";
import { useUser } from "@/state/session";
import { chooseTheme, theme } from "@/state/theme";
import { useSignal } from "@/state/use-signal";
import { LanguageChoice } from "./language-choice";
import type { Place } from "./places";

const LINE = "touch flex w-full items-center gap-3 rounded-md px-2 py-2.5 text-start font-medium hover:bg-raised";
const ICON: ComponentProps<typeof Settings> = { className: "size-5 text-muted", "aria-hidden": true };

const THEMES = [
  { value: "light", label: t`Light` },
  { value: "dark", label: t`Dark` },
  { value: "system", label: t`System` },
] as const;

interface MoreSheetProps {
  /** The places that do not stand on the bar. */
  places: readonly Place[];
  onLogOut: () => void;
  onClose: () => void;
}

/** What a phone's bar has no room for. */
export function MoreSheet({ places, onLogOut, onClose }: MoreSheetProps) {
  const { username, role } = useUser();
  const choice = useSignal(theme);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`More`}>
      <ul className="-mx-2 flex flex-col">
        {places.map(({ to, label, icon: Icon }) => (
          <li key={to}>
            <Link to={to} className={LINE} onClick={onClose}>
              <Icon {...ICON} />
              {label}
            </Link>
          </li>
        ))}
        <li>
          <Link to="/settings" className={LINE} onClick={onClose}>
            <Settings {...ICON} />
            <Trans>Settings</Trans>
          </Link>
        </li>
        <li>
          <Link to="/account" className={LINE} onClick={onClose}>
            <CircleUser {...ICON} />
            <span className="min-w-0 flex-1">
              <Trans>Your account</Trans>
              <span className="block truncate font-normal text-muted text-xs">
                {username}, {role}
              </span>
            </span>
          </Link>
        </li>
        <li>
          <button type="button" className={LINE} onClick={onLogOut}>
            <LogOut {...ICON} />
            <Trans>Log out</Trans>
          </button>
        </li>
      </ul>
      <div className="mt-3 flex flex-wrap items-center justify-between gap-3 border-t pt-4">
        <span className="font-medium" aria-hidden>
          <Trans>Theme</Trans>
        </span>
        <Segmented label={t`Theme`} value={choice} options={THEMES} onChange={chooseTheme} />
      </div>
      <div className="mt-3 flex flex-wrap items-center justify-between gap-3">
        <span className="font-medium" aria-hidden>
          <Trans>Language</Trans>
        </span>
        <LanguageChoice />
      </div>
    </Dialog>
  );
}
