import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CalendarClock, ChevronUp, Tags, Trash2, VolumeX, X, Zap } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { rolesFor } from "@/lib/access";
import { formatCount } from "@/lib/language";
import type { Act } from "@/pages/bulk/dialogs";
import { useMay } from "@/state/session";

/** The hub takes no more at once. */
const MOST = 10_000;

interface SelectionBarProps {
  /** How many the filters show, and how many are chosen. */
  shown: number;
  chosen: number;
  onAll: () => void;
  onNone: () => void;
  onAct: (act: Act) => void;
  onClose: () => void;
}

/** What is done with the machines that are chosen in the list. */
export function SelectionBar({ shown, chosen, onAll, onNone, onAct, onClose }: SelectionBarProps) {
  const mayDelete = useMay("admin");
  const [most, all, roles] = [formatCount(MOST), formatCount(shown), rolesFor("admin")];
  const ready = chosen > 0 && chosen <= MOST;
  return (
    <section
      aria-label={t`Selection`}
      data-bottom-bar
      className="fade-in sticky bottom-[calc(var(--bar)+0.75rem)] z-20 mt-3 flex flex-wrap items-center gap-2 rounded-xl border border-edge bg-surface px-3 py-2 shadow-2xl"
    >
      <p role="status" className="tnum min-w-0 flex-1 basis-24 font-medium">
        {chosen === 0 ? t`Choose machines` : plural(chosen, { one: "# chosen", other: "# chosen" })}
        {chosen > MOST && (
          <span className="text-bad">
            {" "}
            <Trans>· at most {most} at once</Trans>
          </span>
        )}
      </p>
      {chosen > 0 ? (
        <Button variant="ghost" onClick={onNone}>
          <Trans context="machines">None</Trans>
        </Button>
      ) : (
        <Button onClick={onAll}>
          <Trans>All {all} shown</Trans>
        </Button>
      )}
      <Button variant="ghost" size="icon" aria-label={t`End choosing`} className="sm:order-last" onClick={onClose}>
        <X className="size-4" aria-hidden />
      </Button>
      <div className="flex gap-2 max-sm:w-full max-sm:*:flex-1">
        <Menu
          align="start"
          label={t`Change the chosen machines`}
          trigger={
            <Button disabled={!ready}>
              <Trans>Change</Trans>
              <ChevronUp className="size-3.5" aria-hidden />
            </Button>
          }
        >
          <MenuItem onSelect={() => onAct("tags")}>
            <Tags className="size-4" aria-hidden />
            <Trans>Tags and environment…</Trans>
          </MenuItem>
          <MenuItem onSelect={() => onAct("silence")}>
            <VolumeX className="size-4" aria-hidden />
            <Trans>Silence…</Trans>
          </MenuItem>
          <MenuItem onSelect={() => onAct("maintenance")}>
            <CalendarClock className="size-4" aria-hidden />
            <Trans>Plan maintenance…</Trans>
          </MenuItem>
          <MenuSeparator />
          <MenuItem
            danger
            disabled={!mayDelete}
            {...(mayDelete ? {} : { note: t`Deleting needs ${roles}.` })}
            onSelect={() => onAct("delete")}
          >
            <Trash2 className="size-4" aria-hidden />
            <Trans>Delete…</Trans>
          </MenuItem>
        </Menu>
        <Button variant="primary" disabled={!ready} onClick={() => onAct("run")}>
          <Zap className="size-4" aria-hidden />
          <Trans>Run action</Trans>
        </Button>
      </div>
    </section>
  );
}
