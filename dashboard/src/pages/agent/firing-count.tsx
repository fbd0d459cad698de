import { Plural } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Flame } from "lucide-react";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/language";
import { firingCountQuery } from "@/pages/alerts/queries";

/** How many alerts of the agent fire; it leads to them, wherever its box is pressed. */
export function FiringCount({ agent }: { agent: number }) {
  const { data: count } = useQuery(firingCountQuery(agent));
  const fires = count !== undefined && count > 0;
  return (
    <a
      href="#alerts"
      className={cn("flex items-center gap-1 after:absolute after:inset-0 hover:underline", fires && "text-bad")}
    >
      {fires && <Flame className="size-4" aria-hidden />}
      {count === undefined ? "–" : formatCount(count)}
      <span className="sr-only">
        {" "}
        <Plural value={count ?? 0} one="firing, show alerts" other="firing, show alerts" />
      </span>
    </a>
  );
}
