import { Trans } from "@lingui/react/macro";
import { SEVERITIES, type SeverityName } from "@/lib/severities";
import { SEVERITY_WORDS } from "@/lib/severity-words";

interface SeverityChoiceProps {
  value: readonly SeverityName[];
  onChange: (severities: SeverityName[]) => void;
}

/** Some severities; none means all of them. */
export function SeverityChoice({ value, onChange }: SeverityChoiceProps) {
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium text-sm">
        <Trans>Severity</Trans>
      </legend>
      <div className="flex flex-wrap gap-x-5 gap-y-1">
        {SEVERITIES.map((one) => (
          <label key={one} className="touch flex items-center gap-2">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={value.includes(one)}
              onChange={(event) =>
                onChange(SEVERITIES.filter((each) => (each === one ? event.target.checked : value.includes(each))))
              }
            />
            {SEVERITY_WORDS[one]}
          </label>
        ))}
      </div>
      <p className="mt-1 text-muted text-xs">
        <Trans>None chosen means any.</Trans>
      </p>
    </fieldset>
  );
}
