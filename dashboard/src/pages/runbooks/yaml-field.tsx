import { type KeyboardEvent, useId, useLayoutEffect, useRef } from "react";
import { cn } from "@/lib/cn";

interface YamlFieldProps {
  value: string;
  onChange: (value: string) => void;
  /** The line and column (both from 1) of the first mistake; null for none. */
  mistake: { line: number; column: number } | null;
  readOnly: boolean;
  noteId: string;
}

const TEXT = "col-start-1 row-start-1 min-h-[28rem] w-full whitespace-pre py-3 pe-4 font-mono text-sm leading-6";
const INDENT = "  ";

/** The text of a runbook, with the numbers of its lines; a mistake is marked where it is. */
export function YamlField({ value, onChange, mistake, readOnly, noteId }: YamlFieldProps) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const caret = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (caret.current !== null) field.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const insert = (text: string, at: number, to: number) => {
    caret.current = at + text.length;
    onChange(value.slice(0, at) + text + value.slice(to));
  };
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const { selectionStart: at, selectionEnd: to } = event.currentTarget;
    // Enter goes on at the indentation of the line; Tab stays what moves the keyboard on.
    if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.metaKey || readOnly) return;
    const line = value.slice(value.lastIndexOf("\n", at - 1) + 1, at);
    const begin = /^ *(- )?/.exec(line)?.[0].replace("-", " ") ?? "";
    event.preventDefault();
    insert(`\n${begin}${/:\s*$/.test(line) ? INDENT : ""}`, at, to);
  };
  const lines = value.split("\n");
  return (
    <div
      className={cn(
        "flex overflow-x-auto rounded-md border border-edge bg-surface focus-within:outline-2 focus-within:outline-accent focus-within:outline-offset-2",
        mistake !== null && "border-bad",
        readOnly && "bg-raised",
      )}
    >
      <ol
        aria-hidden
        className="tnum sticky start-0 z-10 shrink-0 select-none border-e bg-surface py-3 text-end font-mono text-2xs text-muted"
      >
        {lines.map((_, at) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its number alone
            key={at}
            className={cn("h-6 px-2.5 leading-6", mistake?.line === at + 1 && "bg-bad/15 font-semibold text-bad")}
          >
            {at + 1}
          </li>
        ))}
      </ol>
      <div className="grid min-w-max flex-1 ps-3">
        <div aria-hidden className={cn(TEXT, "pointer-events-none select-none text-transparent")}>
          <Marked lines={lines} mistake={mistake} />
        </div>
        <textarea
          ref={field}
          id={id}
          aria-label="YAML"
          aria-invalid={mistake !== null}
          aria-describedby={noteId}
          autoCapitalize="off"
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          wrap="off"
          maxLength={65_536}
          readOnly={readOnly}
          value={value}
          className={cn(TEXT, "resize-none overflow-hidden bg-transparent outline-none")}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={press}
        />
      </div>
    </div>
  );
}

/** The same text beneath the field, unseen: it carries the underline. */
function Marked({ lines, mistake }: { lines: readonly string[]; mistake: YamlFieldProps["mistake"] }) {
  const text = `${lines.join("\n")}\n`;
  if (mistake === null) return text;
  const before = lines.slice(0, mistake.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
  const from = before + Math.min(mistake.column - 1, lines[mistake.line - 1]?.length ?? 0);
  const length = /^(?:[\w.$-]+|\S)/.exec(text.slice(from))?.[0].length ?? 1;
  return (
    <>
      {text.slice(0, from)}
      <span className="bg-bad/15 underline decoration-2 decoration-bad decoration-wavy underline-offset-4">
        {text.slice(from, from + length)}
      </span>
      {text.slice(from + length)}
    </>
  );
}
