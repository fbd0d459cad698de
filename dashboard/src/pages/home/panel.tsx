import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { useOnlyLooking } from "@/state/kiosk";

interface PanelProps {
  title: string;
  /** Where all of it is. */
  to: "/incidents" | "/alerts" | "/settings/watch";
  more: string;
  children: ReactNode;
}

/** One of the short lists beside the map. */
export function Panel({ title, to, more, children }: PanelProps) {
  const looking = useOnlyLooking();
  return (
    <section aria-label={title} className="card overflow-hidden">
      <div className="flex items-center justify-between gap-3 py-1.5 pe-2 ps-4">
        <h2 className="font-semibold">{title}</h2>
        {looking ? (
          <span className="px-2 py-1" />
        ) : (
          <Link
            to={to}
            className="touch flex items-center gap-0.5 rounded-md px-2 py-1 text-muted text-xs hover:text-text"
          >
            {more}
            <ChevronRight className="size-3.5" aria-hidden />
          </Link>
        )}
      </div>
      <div className="border-t">{children}</div>
    </section>
  );
}

/** What stands in a panel that has nothing to list. */
export function PanelNote({ children }: { children: ReactNode }) {
  return <p className="flex items-center gap-2.5 px-4 py-3 text-muted">{children}</p>;
}
