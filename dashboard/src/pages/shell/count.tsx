import { cn } from "@/lib/cn";

interface CountProps {
  of: [number, string] | undefined;
  className?: string;
}

/** How much of something waits for somebody; nothing for none. */
export function Count({ of: [count, what] = [0, ""], className }: CountProps) {
  if (count === 0) return null;
  return (
    <span
      className={cn(
        "tnum grid h-[1.125rem] min-w-[1.125rem] place-items-center rounded-full bg-bad px-1 font-semibold text-2xs text-white dark:text-black",
        className,
      )}
    >
      {count > 99 ? "99+" : count}
      <span className="sr-only"> {what}</span>
    </span>
  );
}
