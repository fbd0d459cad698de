import { ChevronDown } from "lucide-react";
import { isEverything, type Scope } from "@/lib/access";
import { cn } from "@/lib/cn";
import { Button } from "./ui/button";
import { Menu, MenuCheck, MenuLabel } from "./ui/menu";

interface ScopePickerProps {
  value: Scope;
  /** The environments and tags in use. */
  options: Scope;
  onChange: (scope: Scope) => void;
}

const PARTS = [
  { key: "environments", label: "Environments" },
  { key: "tags", label: "Tags" },
] as const;

/** Chooses agents by environments and tags, and says in words what that comes to. */
export function ScopePicker({ value, options, onChange }: ScopePickerProps) {
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 font-medium text-sm">Agents</legend>
      <div className="flex flex-wrap gap-2">
        {PARTS.map(({ key, label }) => {
          const chosen = value[key];
          const all = [...new Set([...options[key], ...chosen])].sort();
          return (
            <Menu
              key={key}
              align="start"
              label={label}
              trigger={
                <Button className={cn("font-normal", chosen.length > 0 && "border-accent bg-accent/10")}>
                  {label}
                  {chosen.length > 0 && <span className="tnum font-semibold">{chosen.length}</span>}
                  <ChevronDown className="size-3.5 text-muted" aria-hidden />
                </Button>
              }
            >
              {all.length === 0 && <MenuLabel>No agent has any.</MenuLabel>}
              {all.map((one) => (
                <MenuCheck
                  key={one}
                  checked={chosen.includes(one)}
                  onChange={(on) =>
                    onChange({ ...value, [key]: on ? [...chosen, one] : chosen.filter((other) => other !== one) })
                  }
                >
                  <span className="flex-1">{one}</span>
                </MenuCheck>
              ))}
            </Menu>
          );
        })}
      </div>
      <p className="text-muted text-xs" aria-live="polite">
        <ScopeText scope={value} />
      </p>
    </fieldset>
  );
}

/** A scope in words. */
export function ScopeText({ scope }: { scope: Scope }) {
  if (isEverything(scope)) return <>All agents</>;
  const { environments, tags } = scope;
  return (
    <>
      {environments.length > 0 && <>Agents of {environments.join(", ")}</>}
      {environments.length > 0 && tags.length > 0 && ", and those "}
      {environments.length === 0 && "Agents "}
      {tags.length > 0 && <>with the tag {tags.join(" or ")}</>}
    </>
  );
}
