import { useCallback, useEffect, useState } from "react";
import { ApiError, messageOf } from "../api/http";
import { signIn } from "../api/server";
import { MessagePage } from "./message-page";
import { goTo } from "./route";
import { ServerAway } from "./server-away";

/** The link that the server prints: signs in and goes on to the project. */
export function EnterPage({ token }: { token: string }) {
  const [error, setError] = useState<unknown>(null);
  const enter = useCallback(() => {
    setError(null);
    signIn(token).then(({ project }) => goTo(project ? `/p/${project}` : "/", true), setError);
  }, [token]);
  useEffect(enter, [enter]);
  if (error === null) return <MessagePage title="Signing in" busy />;
  // Whether the link is any good, only the server can tell.
  if (error instanceof ApiError && error.status === 0) return <ServerAway retry={enter} />;
  return <MessagePage title="This link does not sign you in" message={messageOf(error)} />;
}
