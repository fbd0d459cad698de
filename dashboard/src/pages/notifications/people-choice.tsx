import { useQuery } from "@tanstack/react-query";
import { asProblem } from "@/api/problem";
import { accountsQuery } from "@/pages/people/queries";

interface PeopleChoiceProps {
  label: string;
  value: readonly string[];
  error: string | undefined;
  onChange: (names: string[]) => void;
}

/** Some of the people who have an account. */
export function PeopleChoice({ label, value, error, onChange }: PeopleChoiceProps) {
  const people = useQuery(accountsQuery);
  const names = new Set([...value, ...(people.data ?? []).map(({ username }) => username)]);
  const problem = error ?? (people.isError ? asProblem(people.error).message : undefined);
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium text-sm">{label}</legend>
      <div className="grid gap-x-4 gap-y-1 sm:grid-cols-2">
        {[...names].map((name) => (
          <label key={name} className="touch flex min-w-0 items-center gap-2.5 py-1">
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-accent"
              checked={value.includes(name)}
              onChange={(event) =>
                onChange(event.target.checked ? [...value, name] : value.filter((one) => one !== name))
              }
            />
            <span className="truncate">{name}</span>
          </label>
        ))}
      </div>
      {problem !== undefined && (
        <p role="alert" className="mt-1 text-bad text-xs">
          {problem}
        </p>
      )}
    </fieldset>
  );
}
