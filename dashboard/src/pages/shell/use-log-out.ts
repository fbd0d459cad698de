import { useNavigate } from "@tanstack/react-router";
import { logout } from "@/api/people";
import { stillLoggedIn } from "@/state/providers";
import { forgetSession } from "@/state/session";

/** What ends the session and leads to the login. */
export function useLogOut(): () => Promise<void> {
  const navigate = useNavigate();
  return async () => {
    try {
      stillLoggedIn.set(await logout());
    } catch {
      // The hub may be away or may already have forgotten the session: this browser forgets it either way.
    }
    await navigate({ to: "/login" });
    forgetSession();
  };
}
