import { Button } from "@mantine/core";
import { useCallback, useEffect, useState } from "react";
import { ApiError } from "../api/http";
import type { OpenedProject } from "../editor/project-session";
import { takeOpening } from "../opening/opening";
import type { EditorView } from "../ui/editor-view";
import { MessagePage } from "./message-page";
import { ServerAway } from "./server-away";

interface Ready {
  found: OpenedProject;
  Editor: typeof EditorView;
}

/** One project: waits for what must be known first, then hands over to the editor. */
export function ProjectPage({ id }: { id: string }) {
  const [ready, setReady] = useState<Ready | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const load = useCallback(() => {
    setError(null);
    const opening = takeOpening(id);
    // Not `lazy`: React keeps what stands in for a component on the screen for a third of a second at least.
    Promise.all([opening.user, opening.project, opening.editor]).then(
      ([user, project, { EditorView }]) =>
        setReady({ found: { user, project, opening }, Editor: EditorView }),
      (failure) => {
        opening.abandon();
        setError(
          failure instanceof ApiError ? failure : new ApiError(1, { code: "app", message: String(failure) }),
        );
      },
    );
  }, [id]);
  useEffect(load, [load]);

  if (error) return <CannotOpen error={error} retry={load} />;
  if (!ready) return <MessagePage title="Opening the canvas" busy />;
  return <ready.Editor found={ready.found} />;
}

function CannotOpen({ error, retry }: { error: ApiError; retry: () => void }) {
  // What a proxy answers in the server's place says nothing of the project.
  const isAnswer = error.isServers || error.status === 0;
  switch (isAnswer ? error.status : null) {
    case 401:
      return (
        <MessagePage
          title="You are not signed in"
          message="Open the link that the server printed when it started, or an invitation to this project."
        />
      );
    case 403:
      return (
        <MessagePage
          title="You have no access to this project"
          message="Ask one of its owners for an invitation."
          home
        />
      );
    case 404:
      return <MessagePage title="There is no such project" message="It may have been deleted." home />;
    case 0:
      return <ServerAway retry={retry} />;
    default:
      return (
        <MessagePage title="The project could not be opened" message={error.problem.message} home>
          <Button onClick={retry}>Try again</Button>
        </MessagePage>
      );
  }
}
