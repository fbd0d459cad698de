import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Ban, CircleAlert, CircleCheck, Clock, Layers, LoaderCircle, type LucideIcon } from "lucide-react";
import type { NoticeDelivery } from "@/api/types";
import { cn } from "@/lib/cn";
import { formatMoment } from "@/lib/time";

interface Standing {
  icon: LucideIcon;
  color: string;
  text: string;
}

const STANDINGS: Record<NoticeDelivery["state"], Standing> = {
  pending: { icon: Clock, color: "text-info", text: t`Waiting` },
  sending: { icon: LoaderCircle, color: "text-info", text: t`Being sent` },
  bundled: { icon: Layers, color: "text-muted", text: t`In a summary` },
  sent: { icon: CircleCheck, color: "text-ok", text: t`Delivered` },
  failed: { icon: CircleAlert, color: "text-bad", text: t`Given up` },
  cancelled: { icon: Ban, color: "text-muted", text: t`Not sent any more` },
};
const RETRIED: Standing = { icon: CircleAlert, color: "text-bad", text: t`Failing, tried again` };

function standingOf({ state, attempts }: NoticeDelivery): Standing {
  return state === "pending" && attempts.some(({ ok }) => ok === false) ? RETRIED : STANDINGS[state];
}

const seconds = (moment: string) => Date.parse(moment) / 1000;

/** How far a message to one channel is, and each try with the provider's own answer. */
export function Delivery({ delivery, now }: { delivery: NoticeDelivery; now: number }) {
  const { icon: Icon, color, text } = standingOf(delivery);
  const tries = delivery.attempts.length;
  const status = delivery.attempts.at(-1)?.status ?? null;
  const due = seconds(delivery.due_at);
  const moment = formatMoment(due);
  const wait = delivery.state === "pending" && due > now ? Math.ceil(due - now) : null;
  const facts = [
    status,
    plural(tries, { one: "# try", other: "# tries" }),
    wait === null ? null : t`next in ${wait} s`,
    delivery.why,
  ];
  return (
    <li>
      <details>
        <summary className="touch flex cursor-pointer flex-wrap items-center gap-x-2 rounded-md py-1 text-xs hover:bg-raised">
          <Icon className={cn("size-3.5 shrink-0", color)} aria-hidden />
          <span className="font-medium">{delivery.channel}</span>
          <span className={color}>{text}</span>
          <span className="tnum text-muted">{facts.filter((one) => one !== null && one !== "").join(" · ")}</span>
        </summary>
        <div className="mt-1 mb-2 ms-5.5 flex flex-col gap-2 text-xs">
          {tries === 0 && (
            <p className="text-muted">
              <Trans>Due {moment}; not tried yet.</Trans>
            </p>
          )}
          {delivery.bundle_id !== null && (
            <p className="text-muted">
              <Trans>Went with others, in one message.</Trans>
            </p>
          )}
          <ol className="flex flex-col gap-2">
            {delivery.attempts.map((attempt) => (
              <Attempt key={attempt.started_at} attempt={attempt} />
            ))}
          </ol>
        </div>
      </details>
    </li>
  );
}

function Attempt({ attempt }: { attempt: NoticeDelivery["attempts"][number] }) {
  return (
    <li>
      <p className="tnum text-muted">
        {formatMoment(seconds(attempt.started_at))} ·{" "}
        {attempt.ok === null ? t`no end is known` : attempt.ok ? t`taken` : t`not taken`}
        {attempt.status !== null && ` · ${attempt.status}`}
        {attempt.duration_ms !== null && ` · ${attempt.duration_ms} ms`}
      </p>
      {attempt.answer !== "" && (
        <pre className="mt-0.5 whitespace-pre-wrap break-words rounded-md bg-raised px-2 py-1.5 font-mono">
          {attempt.answer}
        </pre>
      )}
    </li>
  );
}
