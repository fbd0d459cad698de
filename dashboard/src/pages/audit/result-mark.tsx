import { CircleCheck, CircleSlash, CircleX } from "lucide-react";

const MARKS = {
  ok: { icon: CircleCheck, className: "text-ok" },
  refused: { icon: CircleSlash, className: "text-warn" },
  failed: { icon: CircleX, className: "text-bad" },
} as const;

/** How it ended, by word, shape and colour. */
export function ResultMark({ result }: { result: string }) {
  const { icon: Icon, className } = MARKS[result as keyof typeof MARKS] ?? MARKS.failed;
  return (
    <span className={`inline-flex items-center gap-1.5 font-medium text-xs ${className}`}>
      <Icon className="size-3.5" aria-hidden />
      {result}
    </span>
  );
}
