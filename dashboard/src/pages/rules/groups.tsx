import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Layers, Plus } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { deleteGroup, saveGroup } from "@/api/rules";
import type { RuleGroup } from "@/api/types";
import { ChangeMenu } from "@/components/change-menu";
import { Notice } from "@/components/notice";
import { RoleTooltip } from "@/components/role-note";
import { Switch } from "@/components/switch";
import { Button } from "@/components/ui/button";
import { MenuItem } from "@/components/ui/menu";
import { Skeleton } from "@/components/ui/skeleton";
import { UndoBar } from "@/components/undo-bar";
import { cn } from "@/lib/cn";
import { RemoveDialog } from "@/pages/notifications/remove-dialog";
import { useGoverns } from "@/state/session";
import { GroupDialog } from "./group-dialog";
import { groupsQuery, refreshRules } from "./queries";

type Doing = { what: "edit"; group: RuleGroup | null } | { what: "remove"; group: RuleGroup };

/** Groups of rules: whom their rules are about, and whether they are on. */
export function Groups() {
  const governs = useGoverns();
  const groups = useQuery(groupsQuery);
  const [doing, setDoing] = useState<Doing | null>(null);
  const [turned, setTurned] = useState<RuleGroup | null>(null);
  const turn = useMutation({
    mutationFn: ({ id, name, selector, description, enabled, version }: RuleGroup) =>
      saveGroup(id, { name, selector, description, enabled: !enabled, based_on: version }),
    onSuccess: (_, group) => setTurned(turned === null ? { ...group, enabled: !group.enabled } : null),
    onSettled: refreshRules,
  });
  if (groups.isPending) return <Skeleton className="h-40" />;
  if (groups.isError)
    return <Notice title={t`The groups could not be loaded`}>{asProblem(groups.error).message}</Notice>;
  const done = () => setDoing(null);
  const switchGroup = (group: RuleGroup) => {
    setTurned(null);
    turn.mutate(group);
  };
  // What is taken back is what the group is by now, since each switch is a version.
  const back = groups.data.find(({ id }) => id === turned?.id);
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-3">
        <p className="min-w-0 flex-1 basis-72 text-muted">
          <Trans>A group narrows its rules to its agents, those that come later too, and switches them together.</Trans>
        </p>
        <RoleTooltip may={governs} needed="admin" everywhere what={t`Adding a group`}>
          <Button disabled={!governs} onClick={() => setDoing({ what: "edit", group: null })}>
            <Plus className="size-4" aria-hidden />
            <Trans>Add group</Trans>
          </Button>
        </RoleTooltip>
      </div>
      {turn.error !== null && (
        <Notice className="mb-3" title={t`The group was not switched`}>
          {asProblem(turn.error).advice}
        </Notice>
      )}
      {groups.data.length === 0 ? (
        <div className="card flex flex-col items-center gap-3 px-6 py-12 text-center">
          <Layers className="size-8 text-muted" aria-hidden />
          <p className="font-medium text-[0.9375rem]">
            <Trans>No group yet</Trans>
          </p>
          <p className="max-w-md text-muted">
            <Trans>Rules work without groups; put some into one to switch them together.</Trans>
          </p>
        </div>
      ) : (
        <ul aria-label={t`Rule groups`} className="card divide-y">
          {groups.data.map((group) => (
            <GroupItem
              key={group.id}
              group={group}
              busy={turn.isPending}
              onTurn={() => switchGroup(group)}
              onEdit={() => setDoing({ what: "edit", group })}
              onRemove={() => setDoing({ what: "remove", group })}
            />
          ))}
        </ul>
      )}
      {turned !== null && back !== undefined && (
        <UndoBar
          key={back.version}
          busy={turn.isPending}
          onUndo={() => turn.mutate(back)}
          onClose={() => setTurned(null)}
        >
          {turned.enabled ? (
            <Trans>
              <span className="font-medium">{turned.name}</span> is on, and so are its rules.
            </Trans>
          ) : (
            <Trans>
              <span className="font-medium">{turned.name}</span> is off, and so are its rules.
            </Trans>
          )}
        </UndoBar>
      )}
      {doing?.what === "edit" && <GroupDialog group={doing.group} onClose={done} />}
      {doing?.what === "remove" && (
        <RemoveDialog
          title={t`Remove the group ${doing.group.name}?`}
          text={t`It can go once no rule is in it.`}
          run={() => deleteGroup(doing.group.id)}
          onDone={refreshRules}
          onClose={done}
        />
      )}
    </>
  );
}

interface GroupItemProps {
  group: RuleGroup;
  busy: boolean;
  onTurn: () => void;
  onEdit: () => void;
  onRemove: () => void;
}

function GroupItem({ group, busy, onTurn, onEdit, onRemove }: GroupItemProps) {
  const governs = useGoverns();
  return (
    <li className="flex items-center gap-3 px-4 py-3 sm:px-5">
      <div className="min-w-0 flex-1">
        <p className={cn("break-words font-medium", !group.enabled && "text-muted")}>{group.name}</p>
        {group.description !== "" && <p className="break-words text-muted">{group.description}</p>}
        <p className="tnum flex flex-wrap items-center gap-x-4 text-muted text-xs">
          <Link
            to="/alerts/rules"
            search={{ group: group.id }}
            className="touch inline-flex items-center underline underline-offset-2 hover:text-text"
          >
            <Plural value={group.rules} one="# rule" other="# rules" />
          </Link>
          <span>
            <Plural value={group.agents} one="# agent" other="# agents" />
          </span>
          <code className="min-w-0 break-words font-mono">
            {group.selector === "" ? t`all agents` : t`on ${group.selector}`}
          </code>
        </p>
      </div>
      <RoleTooltip may={governs} needed="admin" everywhere what={t`Switching a group`}>
        <Switch label={group.name} checked={group.enabled} disabled={!governs || busy} onChange={onTurn} />
      </RoleTooltip>
      <ChangeMenu name={group.name} disabled={!governs}>
        <MenuItem onSelect={onEdit}>
          <Trans>Edit</Trans>
        </MenuItem>
        <MenuItem
          danger
          disabled={group.rules > 0}
          {...(group.rules > 0 ? { note: t`It has rules: move them first.` } : {})}
          onSelect={onRemove}
        >
          <Trans>Remove</Trans>
        </MenuItem>
      </ChangeMenu>
    </li>
  );
}
