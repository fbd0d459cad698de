import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { RoleNote } from "@/components/role-note";
import { Segmented } from "@/components/ui/segmented";
import { AlertingNav } from "@/pages/alerting/alerting-nav";
import { useMay } from "@/state/session";
import { Silences } from "./silences";
import { Windows } from "./windows";

const route = getRouteApi("/app/quiet");
const TABS = [
  { value: "silences", label: t`Silences` },
  { value: "maintenance", label: t`Maintenance windows` },
] as const;

/** What keeps alerts quiet, now and later. */
export function QuietPage() {
  const { tab = "silences" } = route.useSearch();
  const navigate = route.useNavigate();
  const may = useMay("operator");
  useEffect(() => {
    document.title = t`Quiet · Opsentrix`;
  }, []);
  return (
    <>
      <AlertingNav />
      <div className="mx-auto flex max-w-5xl flex-col gap-4">
        <div>
          <h1 className="font-semibold text-xl tracking-tight">
            <Trans>Quiet</Trans>
          </h1>
          <p className="text-muted">
            <Trans>
              Silences and maintenance windows keep messages back, and nothing else: what fires is still seen and
              recorded.
            </Trans>
          </p>
        </div>
        {!may && <RoleNote needed="operator" what={t`Keeping alerts quiet`} />}
        <Segmented
          label={t`What keeps quiet`}
          className="self-start"
          value={tab}
          options={TABS}
          onChange={(value) => void navigate({ search: value === "silences" ? {} : { tab: value } })}
        />
        {tab === "silences" ? <Silences /> : <Windows />}
      </div>
    </>
  );
}
