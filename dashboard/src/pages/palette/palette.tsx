import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Dialog } from "radix-ui";
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useMemo, useState } from "react";
import { writeQueries } from "@/lib/explore-search";
import { startingQuery } from "@/pages/explore/starting-query";
import { metricsQuery } from "@/pages/rules/queries";
import { noteRecent, overlay, recents } from "@/state/palette";
import { fleet, useUser } from "@/state/session";
import { chooseTheme } from "@/state/theme";
import { useSignal } from "@/state/use-signal";
import { agentChoices, arrangeChoices, type Choice, type Group, metricChoices, tableChoices } from "./choices";
import type { Opened } from "./dialogs";
import { Results } from "./results";

interface PaletteProps {
  onLogOut: () => void;
  onClose: () => void;
  onOpen: (opened: Opened) => void;
}

const choicesOf = (groups: readonly Group[]) => groups.flatMap((group) => group.choices);

/** One field from which every agent, page, metric and act is a few letters away. */
export function Palette({ onLogOut, onClose, onOpen }: PaletteProps) {
  const id = useId();
  const user = useUser();
  const navigate = useNavigate();
  const { agents, complete } = useSignal(fleet.view);
  const known = useQuery(metricsQuery).data?.items;
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  /** Asked which agent an action is for, after that act was chosen. */
  const [running, setRunning] = useState(false);
  const [before] = useState(recents);
  useEffect(() => fleet.use(), []);
  const text = useDeferredValue(typed);
  const machines = useMemo(() => agentChoices(agents), [agents]);
  const all = useMemo(
    () =>
      running
        ? { agents: machines, metrics: [], table: [] }
        : { agents: machines, metrics: metricChoices(known ?? []), table: tableChoices(user) },
    [machines, known, running, user],
  );
  const groups = useMemo(() => arrangeChoices(all, text, before), [all, text, before]);
  const choices = choicesOf(groups);
  const active = Math.min(at, choices.length - 1);

  const choose = (choice: Choice) => {
    if (choice.kind === "agent" && running) {
      onClose();
      onOpen({ what: "run", on: choice.agent });
      return;
    }
    noteRecent(choice.id);
    const deed = choice.kind === "act" ? choice.deed : null;
    if (deed !== null && "open" in deed && deed.open === "run") {
      setRunning(true);
      setTyped("");
      setAt(0);
      return;
    }
    onClose();
    if (choice.kind === "agent")
      void navigate({ to: "/agents/$agentId", params: { agentId: String(choice.agent.id) } });
    else if (choice.kind === "metric")
      void navigate({ to: "/explore", search: writeQueries({}, [startingQuery(choice.metric, known)]) });
    else if (choice.kind === "page") void navigate({ to: choice.to });
    else if (deed === null) return;
    else if ("go" in deed) void navigate({ to: deed.go });
    else if ("theme" in deed) chooseTheme(deed.theme);
    else if ("leave" in deed) onLogOut();
    else if (deed.open === "keys") overlay.set("keys");
    else if (deed.open !== "run") onOpen({ what: deed.open });
  };
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const step = steps[event.key];
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      // Fast hands: what is shown may be of what was typed before.
      const [first] = text === typed ? [choices[active]] : choicesOf(arrangeChoices(all, typed, before));
      if (first !== undefined) choose(first);
    } else if (event.key === "Backspace" && typed === "" && running) setRunning(false);
    else if (step !== undefined && choices.length > 0) {
      event.preventDefault();
      const next = active + step;
      // A step beyond an end comes in at the other; a leap stops there.
      if (Math.abs(step) === 1) setAt((next + choices.length) % choices.length);
      else setAt(Math.max(0, Math.min(choices.length - 1, next)));
    }
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fade-in fixed inset-0 z-50 bg-black/45 dark:bg-black/65" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fade-in fixed inset-x-0 top-0 z-50 flex max-h-dvh flex-col overflow-hidden border-b bg-surface shadow-2xl sm:inset-x-auto sm:top-[12vh] sm:left-1/2 sm:max-h-[70vh] sm:w-[min(40rem,calc(100vw-2rem))] sm:-translate-x-1/2 sm:rounded-xl sm:border"
        >
          <Dialog.Title className="sr-only">
            <Trans>Find and do anything</Trans>
          </Dialog.Title>
          <div className="flex items-center border-b">
            <input
              role="combobox"
              aria-label={running ? t`Agent to run an action on` : t`Agent, page, metric or action`}
              aria-expanded={choices.length > 0}
              aria-controls={`${id}-list`}
              aria-autocomplete="list"
              aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
              autoComplete="off"
              spellCheck={false}
              placeholder={running ? t`Run an action on which agent?` : t`Find an agent, page, metric or action`}
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
                setAt(0);
              }}
              onKeyDown={press}
              className="h-13 min-w-0 flex-1 bg-transparent px-4 text-base outline-none placeholder:text-muted"
            />
            <Dialog.Close className="touch me-2 rounded-md px-3 text-muted text-xs hover:bg-raised hover:text-text">
              <span className="sm:hidden">
                <Trans>Close</Trans>
              </span>
              <kbd className="font-sans max-sm:hidden">Esc</kbd>
              <span className="sr-only max-sm:hidden">
                <Trans>Close</Trans>
              </span>
            </Dialog.Close>
          </div>
          <Results id={id} groups={groups} active={active} onPoint={setAt} onChoose={choose} />
          <p role="status" className={choices.length === 0 ? "px-4 py-8 text-center text-muted" : "sr-only"}>
            {choices.length > 0
              ? plural({ count: choices.length }, { one: "# found", other: "# found" })
              : complete
                ? t`Nothing has that in its name.`
                : t`Loading agents…`}
          </p>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
