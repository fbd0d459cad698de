import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, User } from "lucide-react";
import { useState } from "react";
import type { IncidentDetail } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { accountsQuery } from "@/pages/people/queries";
import { useGoverns, useUser } from "@/state/session";
import type { Acts } from "./use-acts";

interface AssignMenuProps {
  incident: IncidentDetail;
  acts: Acts;
  disabled: boolean;
  className: string;
}

/** Makes somebody the owner. Who may see the accounts chooses among them; others name one. */
export function AssignMenu({ incident: { assignee }, acts, disabled, className }: AssignMenuProps) {
  const { username } = useUser();
  const governs = useGoverns();
  const { data: accounts = [] } = useQuery({ ...accountsQuery, enabled: governs });
  const [naming, setNaming] = useState(false);
  const others = accounts.map((one) => one.username).filter((one) => one !== username);
  return (
    <>
      <Menu
        label={t`Owner`}
        trigger={
          <Button disabled={disabled} className={className}>
            <User className="size-4" aria-hidden />
            <span className="max-w-28 truncate">{assignee === "" ? t`Assign` : assignee}</span>
            <ChevronDown className="size-3.5" aria-hidden />
          </Button>
        }
      >
        <MenuItem disabled={assignee === username} onSelect={() => acts.assign(username)}>
          <Trans>Assign to me</Trans>
        </MenuItem>
        {others.slice(0, 20).map((one) => (
          <MenuItem key={one} disabled={one === assignee} onSelect={() => acts.assign(one)}>
            {one}
          </MenuItem>
        ))}
        {!governs && (
          <MenuItem onSelect={() => setNaming(true)}>
            <Trans>Somebody else…</Trans>
          </MenuItem>
        )}
        {assignee !== "" && (
          <>
            <MenuSeparator />
            <MenuItem onSelect={() => acts.assign("")}>
              <Trans>Nobody</Trans>
            </MenuItem>
          </>
        )}
      </Menu>
      {naming && (
        <Dialog open onOpenChange={setNaming} title={t`Who looks after it?`} className="sm:w-[26rem]">
          <form
            className="flex flex-col gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              acts.assign(String(new FormData(event.currentTarget).get("name")).trim());
              setNaming(false);
            }}
          >
            <Field label={t`User name`} name="name" required maxLength={64} autoFocus autoComplete="off" />
            <div className="flex justify-end gap-2">
              <Button onClick={() => setNaming(false)}>
                <Trans>Cancel</Trans>
              </Button>
              <Button type="submit" variant="primary">
                <Trans>Assign</Trans>
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}
