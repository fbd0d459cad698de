import { Search } from "lucide-react";

interface SearchBoxProps {
  /** What it is called for those who do not see it. */
  label: string;
  placeholder: string;
  value: string | undefined;
  /** Gets undefined for an empty field. */
  onChange: (value: string | undefined) => void;
}

/** A field above a list by which it is searched. */
export function SearchBox({ label, placeholder, value = "", onChange }: SearchBoxProps) {
  return (
    <div className="relative w-full sm:w-72">
      <Search
        className="pointer-events-none absolute top-1/2 start-2.5 size-4 -translate-y-1/2 text-muted"
        aria-hidden
      />
      <input
        type="search"
        data-key="/"
        aria-label={label}
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
        className="touch h-8 w-full rounded-md border border-edge bg-surface pe-2 ps-8 text-sm placeholder:text-muted max-sm:text-base"
      />
    </div>
  );
}
