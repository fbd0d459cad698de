import { diffText } from "@/lib/text-diff";

/** What changed from one expression to another: what went is struck out, what came is underlined. */
export function DiffText({ before, after }: { before: string; after: string }) {
  let at = 0;
  return (
    <code className="block min-w-0 whitespace-pre-wrap break-words font-mono text-xs leading-5">
      {diffText(before, after).map(({ kind, text }) => {
        const key = at;
        at += text.length;
        if (kind === "same") return <span key={key}>{text}</span>;
        if (kind === "removed")
          return (
            <del key={key} className="text-bad decoration-bad">
              {text}
            </del>
          );
        return (
          <ins key={key} className="text-ok decoration-ok underline-offset-2">
            {text}
          </ins>
        );
      })}
    </code>
  );
}
