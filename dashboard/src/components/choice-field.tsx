import { t } from "@lingui/core/macro";
import { Check, ChevronsUpDown } from "lucide-react";
import { Popover } from "radix-ui";
import { type KeyboardEvent, useId, useState } from "react";
import { cn } from "@/lib/cn";

interface ChoiceFieldProps {
  label: string;
  value: string;
  options: readonly string[];
  /** Whether something else than the options can be written. */
  free: boolean;
  hint?: string;
  error?: string | undefined;
  /** What is said of an option at its end. */
  note?: (option: string) => string;
  placeholder?: string;
  onChange: (value: string) => void;
}

const SHOWN = 50;

/** One of many values, found by a part of it; with `free`, any other too. A combobox in the sense of ARIA 1.2. */
export function ChoiceField(props: ChoiceFieldProps) {
  const { label, value, options, free, hint, error, note: noteOf, placeholder, onChange } = props;
  const id = useId();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const shown = text ?? value;
  const wanted = (text ?? "").trim().toLowerCase();
  const found = options.filter((one) => one.toLowerCase().includes(wanted)).slice(0, SHOWN);
  const choose = (one: string) => {
    onChange(one);
    setText(null);
    setOpen(false);
  };
  const write = (next: string) => {
    setText(next);
    setActive(0);
    setOpen(true);
    if (free || options.includes(next)) onChange(next);
  };
  const leave = () => {
    setOpen(false);
    setText(null);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (open) setActive((active + (event.key === "ArrowDown" ? 1 : -1) + found.length) % Math.max(1, found.length));
      setOpen(true);
    } else if (event.key === "Enter" && open && found[active] !== undefined && (text !== null || !free)) {
      event.preventDefault();
      choose(found[active]);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      leave();
    }
  };
  const note = error ?? hint;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      <Popover.Root open={open && found.length > 0} onOpenChange={(next) => !next && leave()}>
        <Popover.Anchor asChild>
          <div className="relative">
            <input
              id={id}
              role="combobox"
              aria-expanded={open && found.length > 0}
              aria-controls={`${id}-list`}
              aria-autocomplete="list"
              aria-activedescendant={open && found.length > 0 ? `${id}-${active}` : undefined}
              aria-invalid={error !== undefined}
              aria-describedby={note === undefined ? undefined : `${id}-note`}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={shown}
              placeholder={placeholder ?? (free ? t`Choose or write` : t`Choose`)}
              onChange={(event) => write(event.target.value)}
              onClick={() => setOpen(true)}
              onKeyDown={key}
              onBlur={leave}
              className="touch h-9 w-full rounded-md border border-edge bg-surface pe-9 ps-3 font-mono text-sm placeholder:font-sans placeholder:text-muted aria-invalid:border-bad max-sm:text-base"
            />
            <ChevronsUpDown
              className="pointer-events-none absolute top-1/2 end-3 size-4 -translate-y-1/2 text-muted"
              aria-hidden
            />
          </div>
        </Popover.Anchor>
        <Popover.Portal>
          <Popover.Content
            align="start"
            sideOffset={4}
            onOpenAutoFocus={(event) => event.preventDefault()}
            onCloseAutoFocus={(event) => event.preventDefault()}
            className="fade-in z-[60] max-h-64 w-(--radix-popover-trigger-width) overflow-y-auto rounded-lg border border-edge bg-surface p-1 shadow-lg"
          >
            <div role="listbox" id={`${id}-list`} aria-label={label}>
              {found.map((one, at) => (
                // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the active one
                // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
                <div
                  key={one}
                  id={`${id}-${at}`}
                  role="option"
                  aria-selected={one === value}
                  onPointerDown={(event) => event.preventDefault()}
                  onPointerEnter={() => setActive(at)}
                  onClick={() => choose(one)}
                  className={cn(
                    "touch flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 font-mono text-sm",
                    at === active && "bg-raised",
                  )}
                >
                  <span className="min-w-0 flex-1 truncate">{one}</span>
                  {noteOf !== undefined && (
                    <span className="tnum shrink-0 font-sans text-muted text-xs">{noteOf(one)}</span>
                  )}
                  {one === value && <Check className="size-3.5 shrink-0 text-accent" aria-hidden />}
                </div>
              ))}
            </div>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
      {note !== undefined && (
        <p id={`${id}-note`} className={cn("text-xs", error === undefined ? "text-muted" : "text-bad")}>
          {note}
        </p>
      )}
    </div>
  );
}
