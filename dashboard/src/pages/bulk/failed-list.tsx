import { plural } from "@lingui/core/macro";
import type { TagsChanged } from "@/api/types";
import { Notice } from "@/components/notice";

interface FailedListProps {
  failed: TagsChanged["failed"];
  /** What a machine of this number was called when it was chosen. */
  nameOf: (agent: number) => string;
}

/** The machines that stayed as they were, and why. */
export function FailedList({ failed, nameOf }: FailedListProps) {
  return (
    <Notice
      title={plural(failed.length, {
        one: "# machine stayed as it was",
        other: "# machines stayed as they were",
      })}
    >
      <ul className="mt-1 flex max-h-40 flex-col gap-1 overflow-y-auto">
        {failed.map(({ id, name, reason }) => (
          <li key={id}>
            <span className="font-medium text-text">{name ?? nameOf(id)}</span>: {reason}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
