import { visible } from "@/lib/output";

/** The parameters of a command, exactly as they are signed and sent. */
export function ParamList({ params }: { params: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(params);
  if (entries.length === 0) return null;
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1 border-t px-4 py-2.5">
      {entries.map(([name, value]) => (
        <div key={name} className="flex min-w-0 gap-x-2">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 break-words font-mono text-xs leading-5">{visible(String(value))}</dd>
        </div>
      ))}
    </dl>
  );
}
