import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { Bookmark, Check, ChevronDown, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { FormDialog } from "@/components/form-dialog";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { currentFilter, LONGEST_NAME, MOST_FILTERS, type SavedFilter, withFilter } from "@/lib/saved-filters";
import { saysAnything } from "@/lib/search-params";
import { lastDone } from "@/state/done";
import { keepFilters, savedFilters } from "@/state/fleet-preferences";
import { useSignal } from "@/state/use-signal";

const route = getRouteApi("/app/agents");

/** Filters that were kept under a name in this browser. */
export function SavedFilters() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filters = useSignal(savedFilters);
  const [naming, setNaming] = useState(false);
  const current = currentFilter(filters, search);
  const active = saysAnything(search);
  const remove = (gone: SavedFilter) => {
    keepFilters(filters.filter((one) => one !== gone));
    lastDone.set({
      text: t`Deleted the filter “${gone.name}”`,
      undo: async () => keepFilters(withFilter(savedFilters.get(), gone)),
    });
  };
  return (
    <>
      <Menu
        align="start"
        label={t`Saved filters`}
        trigger={
          <Button className="font-normal" aria-label={t`Saved filters`}>
            <Bookmark className="size-3.5 text-muted" aria-hidden />
            <span className="max-w-40 truncate">{current?.name ?? t`Saved`}</span>
            <ChevronDown className="size-3.5 text-muted" aria-hidden />
          </Button>
        }
      >
        {filters.length === 0 && (
          <MenuLabel>
            <Trans>Filter the list, then keep that here under a name.</Trans>
          </MenuLabel>
        )}
        {filters.map((one) => (
          <MenuItem key={one.name} onSelect={() => void navigate({ search: one.search })}>
            <span className="max-w-64 flex-1 truncate">{one.name}</span>
            {one === current && <Check className="size-3.5 text-accent" aria-hidden />}
          </MenuItem>
        ))}
        <MenuSeparator />
        {current === undefined ? (
          <MenuItem disabled={!active || filters.length >= MOST_FILTERS} onSelect={() => setNaming(true)}>
            <Plus className="size-4 text-muted" aria-hidden />
            <Trans>Save these filters</Trans>
          </MenuItem>
        ) : (
          <MenuItem danger onSelect={() => remove(current)}>
            <Trash2 className="size-4" aria-hidden />
            <span className="max-w-64 truncate">
              <Trans>Delete “{current.name}”</Trans>
            </span>
          </MenuItem>
        )}
      </Menu>
      {naming && (
        <FormDialog
          title={t`Save these filters`}
          description={t`Search, filters, order and groups, kept in this browser. One of the same name is replaced.`}
          problem={null}
          busy={false}
          onSend={(form) => {
            keepFilters(withFilter(filters, { name: String(form.get("name")).trim(), search }));
            setNaming(false);
          }}
          onClose={() => setNaming(false)}
        >
          <Field label={t`Name`} name="name" required pattern=".*\S.*" maxLength={LONGEST_NAME} autoComplete="off" />
        </FormDialog>
      )}
    </>
  );
}
