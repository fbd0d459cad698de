import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Monitor, Moon, Sun } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Menu, MenuLabel, MenuRadio, MenuSeparator } from "@/components/ui/menu";
import { chooseLanguage, chosenLanguage } from "@/state/language";
import { chooseTheme, theme } from "@/state/theme";
import { useSignal } from "@/state/use-signal";
import { LANGUAGE_OPTIONS } from "./language-choice";

const THEMES = [
  { value: "light", label: t`Light`, icon: <Sun className="size-4 text-muted" aria-hidden /> },
  { value: "dark", label: t`Dark`, icon: <Moon className="size-4 text-muted" aria-hidden /> },
  { value: "system", label: t`System`, icon: <Monitor className="size-4 text-muted" aria-hidden /> },
] as const;

const NAMES = { light: t`Theme: light`, dark: t`Theme: dark`, system: t`Theme: system` } as const;

export function ThemeMenu() {
  const choice = useSignal(theme);
  return (
    <Menu
      label={t`Theme and language`}
      trigger={
        <Button variant="ghost" size="icon" aria-label={NAMES[choice]}>
          <Sun className="size-4 dark:hidden" aria-hidden />
          <Moon className="hidden size-4 dark:block" aria-hidden />
        </Button>
      }
    >
      <MenuLabel>
        <Trans>Theme</Trans>
      </MenuLabel>
      <MenuRadio value={choice} onChange={chooseTheme} options={THEMES} />
      <MenuSeparator />
      <MenuLabel>
        <Trans>Language</Trans>
      </MenuLabel>
      <MenuRadio value={chosenLanguage()} onChange={chooseLanguage} options={LANGUAGE_OPTIONS} />
    </Menu>
  );
}
