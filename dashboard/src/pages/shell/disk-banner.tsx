import { useQuery } from "@tanstack/react-query";
import { HardDrive } from "lucide-react";
import { fetchRetention } from "@/api/calls";
import type { Retention } from "@/api/types";
import { diskWarning } from "@/lib/disk-warning";

const EACH_MS = 60_000;

/** Says on every page that history gives way to a disk that fills, or that nothing is stored any more. */
export function DiskBanner() {
  const { data } = useQuery<Retention>({
    queryKey: ["retention"],
    queryFn: fetchRetention,
    refetchInterval: EACH_MS,
  });
  const warning = data === undefined ? null : diskWarning(data, Date.now());
  return (
    <div role="status">
      {warning !== null && (
        <p
          className={`flex items-center justify-center gap-2 px-3 py-1.5 font-medium text-white text-xs dark:text-black ${warning.severe ? "bg-bad" : "bg-warn"}`}
        >
          <HardDrive className="size-3.5 shrink-0" aria-hidden />
          {warning.text}
        </p>
      )}
    </div>
  );
}
