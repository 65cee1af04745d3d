import { useEffect, useState } from "react";
import { messageOf } from "../api/http";
import { signIn } from "../api/server";
import { MessagePage } from "./message-page";
import { goTo } from "./route";

/** The link that the server prints: signs in and goes on to the project. */
export function EnterPage({ token }: { token: string }) {
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    signIn(token).then(
      ({ project }) => goTo(project ? `/p/${project}` : "/", true),
      (failure) => setError(messageOf(failure)),
    );
  }, [token]);
  if (error === null) return <MessagePage title="Signing in" busy />;
  return <MessagePage title="This link does not sign you in" message={error} />;
}
