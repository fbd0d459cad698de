import { t } from "@lingui/core/macro";
import { getRouteApi } from "@tanstack/react-router";
import { Download, LayoutGrid, List } from "lucide-react";
import type { Agent } from "@/api/types";
import { GroupMenu } from "@/components/group-menu";
import { Button } from "@/components/ui/button";
import { fleetCsv } from "@/lib/fleet-csv";
import type { Grouping } from "@/lib/fleet-groups";
import { saveText } from "@/lib/save-file";
import { asCards, chooseCards } from "@/state/fleet-preferences";
import { useSignal } from "@/state/use-signal";
import { SavedFilters } from "./saved-filters";

const route = getRouteApi("/app/agents");

/** How the list is grouped and shown, what was kept of it, and the list as a file. */
export function ListTools({ shown }: { shown: readonly Agent[] }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const cards = useSignal(asCards);
  const group = (next: Grouping | undefined) => {
    const { by: _, ...rest } = search;
    void navigate({ search: next === undefined ? rest : { ...rest, by: next } });
  };
  return (
    <>
      <GroupMenu value={search.by} onChange={group} />
      <SavedFilters />
      <Button
        size="icon"
        aria-label={cards ? t`Show as a table` : t`Show as cards`}
        className="max-lg:hidden"
        onClick={() => chooseCards(!cards)}
      >
        {cards ? <List className="size-4" aria-hidden /> : <LayoutGrid className="size-4" aria-hidden />}
      </Button>
      <Button
        size="icon"
        aria-label={t`Save what is shown as CSV`}
        onClick={() => saveText("agents.csv", "text/csv", fleetCsv(shown))}
      >
        <Download className="size-4" aria-hidden />
      </Button>
    </>
  );
}
