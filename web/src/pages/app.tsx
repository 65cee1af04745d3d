import { useSignal } from "../reactive/use-signal";
import { EnterPage } from "./enter-page";
import { JoinPage } from "./join-page";
import { MessagePage } from "./message-page";
import { ProjectPage } from "./project-page";
import { ProjectsPage } from "./projects-page";
import { route } from "./route";

/** The page that the address asks for. */
export function App() {
  const current = useSignal(route);
  switch (current.page) {
    case "projects":
      return <ProjectsPage />;
    case "project":
      return <ProjectPage key={current.id} id={current.id} />;
    case "signin":
      return <EnterPage token={current.token} />;
    case "join":
      return <JoinPage token={current.token} />;
    case "not-found":
      return (
        <MessagePage
          title="There is nothing here"
          message="The address may be mistyped, or what it led to is gone."
          home
        />
      );
  }
}
