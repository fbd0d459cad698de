import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Plus, X } from "lucide-react";
import type { Channel } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";

export interface Member {
  name: string;
  channels: number[];
}

interface MemberFieldsProps {
  members: readonly Member[];
  channels: readonly Channel[];
  onChange: (members: Member[]) => void;
}

/** Who takes turns, in their order, and the channels of each. */
export function MemberFields({ members, channels, onChange }: MemberFieldsProps) {
  const change = (at: number, next: Partial<Member>) =>
    onChange(members.map((one, place) => (place === at ? { ...one, ...next } : one)));
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1.5 font-medium text-sm">
        <Trans>People</Trans>
      </legend>
      {members.map((member, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: people have no ids, and their names are being typed
        <div key={at} className="flex items-start gap-2 rounded-md border border-edge p-3">
          <div className="flex min-w-0 flex-1 flex-col gap-2">
            <Field
              label={t`Person ${at + 1}`}
              autoComplete="off"
              required
              maxLength={128}
              value={member.name}
              onChange={(event) => change(at, { name: event.target.value })}
            />
            <div className="flex flex-wrap gap-x-4 gap-y-1">
              {channels.length === 0 && (
                <p className="text-muted">
                  <Trans>There is no channel yet: add one first.</Trans>
                </p>
              )}
              {channels.map(({ id, name }) => (
                <label key={id} className="touch flex items-center gap-2">
                  <input
                    type="checkbox"
                    className="size-4 accent-accent"
                    checked={member.channels.includes(id)}
                    onChange={(event) =>
                      change(at, {
                        channels: event.target.checked
                          ? [...member.channels, id]
                          : member.channels.filter((one) => one !== id),
                      })
                    }
                  />
                  {name}
                </label>
              ))}
            </div>
          </div>
          {members.length > 1 && (
            <Button
              variant="ghost"
              size="icon"
              aria-label={t`Take person ${at + 1} out`}
              onClick={() => onChange(members.filter((_, place) => place !== at))}
            >
              <X className="size-4" aria-hidden />
            </Button>
          )}
        </div>
      ))}
      <div>
        <Button size="sm" onClick={() => onChange([...members, { name: "", channels: [] }])}>
          <Plus className="size-3.5" aria-hidden />
          <Trans>Another person</Trans>
        </Button>
      </div>
    </fieldset>
  );
}
