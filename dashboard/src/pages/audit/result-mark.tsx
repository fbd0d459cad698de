import { t } from "@lingui/core/macro";
import { CircleCheck, CircleSlash, CircleX } from "lucide-react";
import type { AuditResult } from "@/lib/audit-search";

const MARKS = {
  ok: { icon: CircleCheck, className: "text-ok" },
  refused: { icon: CircleSlash, className: "text-warn" },
  failed: { icon: CircleX, className: "text-bad" },
} as const;

export const RESULT_WORDS: Record<AuditResult, string> = {
  ok: t({ message: "ok", context: "result" }),
  refused: t({ message: "refused", context: "result" }),
  failed: t({ message: "failed", context: "result" }),
};

const isResult = (result: string): result is AuditResult => Object.hasOwn(MARKS, result);

/** How it ended, by word, shape and colour. */
export function ResultMark({ result }: { result: string }) {
  const { icon: Icon, className } = MARKS[isResult(result) ? result : "failed"];
  return (
    <span className={`inline-flex items-center gap-1.5 font-medium text-xs ${className}`}>
      <Icon className="size-3.5" aria-hidden />
      {isResult(result) ? RESULT_WORDS[result] : result}
    </span>
  );
}
