import { t } from "@lingui/core/macro";
import { Languages } from "lucide-react";
import { Segmented } from "@/components/ui/segmented";
import { LANGUAGES, type Language } from "@/lib/language";
import { chooseLanguage, chosenLanguage } from "@/state/language";

export const LANGUAGE_OPTIONS = Object.entries(LANGUAGES).map(([value, label]) => ({
  value: value as Language,
  label,
}));

/** The language of all texts, each by its own name: who cannot read this one finds theirs. */
export function LanguageChoice() {
  return (
    <div className="flex items-center gap-2">
      <Languages className="size-4 text-muted" aria-hidden />
      <Segmented label={t`Language`} value={chosenLanguage()} options={LANGUAGE_OPTIONS} onChange={chooseLanguage} />
    </div>
  );
}
