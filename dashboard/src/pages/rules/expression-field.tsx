import { plural } from "@lingui/core/macro";
import { type KeyboardEvent, type RefObject, useId, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { cn } from "@/lib/cn";
import type { Completion, Completions } from "@/lib/rule-complete";
import { CompletionList, optionId } from "./completion-list";

interface ExpressionFieldProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  /** The characters that are wrong. */
  error: { from: number; to: number } | null;
  /** What could be written at a place of a text. */
  complete: (text: string, caret: number) => Completions;
  readOnly: boolean;
  /** The id of what is said about it. */
  noteId: string;
  field: RefObject<HTMLTextAreaElement | null>;
  className?: string;
}

const TEXT = "col-start-1 row-start-1 w-full whitespace-pre-wrap break-words px-3 py-2.5 font-mono text-sm leading-6";

/** The text of a rule: errors are underlined where they are, and what could be written is offered while typing. */
export function ExpressionField(props: ExpressionFieldProps) {
  const { label, placeholder, value, onChange, error, complete, readOnly, noteId, field, className } = props;
  const id = useId();
  const anchor = useRef<HTMLSpanElement>(null);
  const [caret, setCaret] = useState<number | null>(null);
  const [active, setActive] = useState(-1);
  const [place, setPlace] = useState({ left: 0, top: 0 });
  const offered = caret === null ? null : complete(value, caret);
  const items = offered?.items ?? [];
  const open = items.length > 0;
  const from = offered?.from ?? 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: where the list stands follows the text before it
  useLayoutEffect(() => {
    const mark = anchor.current;
    if (!open || mark === null) return;
    const room = (mark.offsetParent?.clientWidth ?? 0) - 320;
    setPlace({ left: Math.max(0, Math.min(mark.offsetLeft, room)), top: mark.offsetTop + mark.offsetHeight + 4 });
  }, [open, from, value]);

  const show = (text: string, at: number | null) => {
    setCaret(at);
    // What was begun is most likely meant; at an empty place Enter and Tab keep their own meaning.
    const next = at === null ? null : complete(text, at);
    setActive(next !== null && next.items.length > 0 && next.from < (at ?? 0) ? 0 : -1);
  };
  const take = (one: Completion) => {
    const next = value.slice(0, from) + one.insert + value.slice(caret ?? from);
    const at = from + one.insert.length;
    // At once: what is typed before the next frame would land in front of the caret.
    flushSync(() => onChange(next));
    field.current?.focus();
    field.current?.setSelectionRange(at, at);
    show(next, /[({=]$/.test(one.insert) ? at : null);
  };
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const chosen = items[active];
    if (event.key === " " && event.ctrlKey) show(value, event.currentTarget.selectionStart);
    else if (!open) return;
    else if (event.key === "ArrowDown") setActive((active + 1) % items.length);
    else if (event.key === "ArrowUp") setActive(active <= 0 ? items.length - 1 : active - 1);
    else if (event.key === "Escape") setCaret(null);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen !== undefined && !event.shiftKey) take(chosen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="relative">
      <div
        className={cn(
          "grid grid-cols-[minmax(0,1fr)] rounded-md border border-edge bg-surface focus-within:outline-2 focus-within:outline-accent focus-within:outline-offset-2",
          error !== null && "border-bad",
          readOnly && "bg-raised",
        )}
      >
        <div aria-hidden className={cn(TEXT, "pointer-events-none select-none text-transparent", className)}>
          <Marked text={value} error={error} from={open ? from : null} anchor={anchor} />
        </div>
        <textarea
          ref={field}
          id={id}
          rows={1}
          aria-label={label}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={open ? `${id}-list` : undefined}
          aria-activedescendant={open && active >= 0 ? optionId(`${id}-list`, active) : undefined}
          aria-invalid={error !== null}
          aria-describedby={noteId}
          autoCapitalize="off"
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          maxLength={4000}
          readOnly={readOnly}
          placeholder={placeholder}
          value={value}
          className={cn(TEXT, "resize-none overflow-hidden bg-transparent outline-none placeholder:text-muted")}
          onChange={(event) => {
            onChange(event.target.value);
            show(event.target.value, event.target.selectionStart);
          }}
          onKeyDown={press}
          onClick={() => setCaret(null)}
          onBlur={() => setCaret(null)}
        />
      </div>
      <p role="status" className="sr-only">
        {open && plural(items.length, { one: "# suggestion", other: "# suggestions" })}
      </p>
      {open && <CompletionList id={`${id}-list`} items={items} active={active} place={place} onTake={take} />}
    </div>
  );
}

interface MarkedProps {
  text: string;
  error: { from: number; to: number } | null;
  from: number | null;
  anchor: RefObject<HTMLSpanElement | null>;
}

/** The same text beneath the field, unseen: it carries the underline and the place of the list. */
function Marked({ text, error, from, anchor }: MarkedProps) {
  // Behind the end there is nothing to underline but a space.
  const padded = `${text} `;
  if (error === null) {
    return (
      <>
        {padded.slice(0, from ?? 0)}
        <span ref={anchor} />
        {padded.slice(from ?? 0)}
      </>
    );
  }
  const split = Math.min(from ?? 0, error.from);
  return (
    <>
      {padded.slice(0, split)}
      <span ref={anchor} />
      {padded.slice(split, error.from)}
      <span className="underline decoration-2 decoration-bad decoration-wavy underline-offset-4">
        {padded.slice(error.from, error.to)}
      </span>
      {padded.slice(error.to)}
    </>
  );
}
