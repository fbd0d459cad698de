import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { Entry } from "@/components/entry";
import { Button } from "@/components/ui/button";

/** What was shared is not shared any more, or never was. */
export function ShareOver() {
  useEffect(() => {
    document.title = "Not shared any more · Opsentrix";
  }, []);
  return (
    <Entry title="Nothing is shared here any more" subtitle="The link expired, was revoked, or was not copied in full.">
      <div className="card flex flex-col items-start gap-4 p-5">
        <p>Ask whoever gave you the link for a new one.</p>
        <Button asChild className="h-9">
          <Link to="/login" reloadDocument>
            Log in instead
          </Link>
        </Button>
      </div>
    </Entry>
  );
}
