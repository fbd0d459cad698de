import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { Logo } from "@/components/logo";
import { Button } from "@/components/ui/button";
import { overlay } from "@/state/palette";
import { DiskBanner } from "./disk-banner";
import { LinkBanner } from "./link-banner";
import { MainNav } from "./main-nav";
import { SettingsLink } from "./settings-link";
import { ThemeMenu } from "./theme-menu";
import { UserMenu } from "./user-menu";

interface HeaderProps {
  /** Until they have a second factor. */
  limited: boolean;
  /** Then the way between the places is at the lower edge. */
  phone: boolean;
}

/** The bar above every page of a logged-in user. */
export function Header({ limited, phone }: HeaderProps) {
  return (
    <>
      <a
        href="#content"
        className="fixed top-2 start-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-2 text-on-accent focus:translate-y-0"
      >
        <Trans>Skip to content</Trans>
      </a>
      <header className="sticky top-0 z-30 border-b bg-surface low:static print:hidden">
        <div className="gutter mx-auto flex h-12 max-w-[120rem] items-center gap-1 max-sm:gap-0">
          <Link
            to="/"
            className="touch me-3 flex items-center gap-2 font-semibold tracking-tight max-sm:me-auto"
            aria-label={t`Opsentrix, home`}
          >
            <Logo />
            <span className="text-[0.9375rem] sm:max-lg:hidden">Opsentrix</span>
          </Link>
          {!phone && <MainNav counting={!limited} />}
          {!limited && (
            <Button
              variant="ghost"
              size="icon"
              aria-label={t`Find and do anything`}
              // not a text
              aria-keyshortcuts="Control+K Meta+K"
              onClick={() => overlay.set("palette")}
            >
              <Search className="size-4" aria-hidden />
            </Button>
          )}
          {!phone && <ThemeMenu />}
          {!phone && !limited && <SettingsLink />}
          <UserMenu />
        </div>
        <LinkBanner />
        {!limited && <DiskBanner />}
      </header>
    </>
  );
}
