import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { Settings } from "lucide-react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { useInSettings } from "./places";

/** The way to the settings, on a desk; a phone has it behind "More". */
export function SettingsLink() {
  const here = useInSettings();
  return (
    <Button asChild variant="ghost" size="icon" className={cn(here && "text-text")}>
      <Link to="/settings" aria-label={t`Settings`} aria-current={here ? "page" : undefined}>
        <Settings className="size-4" aria-hidden />
      </Link>
    </Button>
  );
}
