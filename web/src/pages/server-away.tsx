import { useEffect } from "react";
import { MessagePage } from "./message-page";

/** The server may be on its way up. */
const AGAIN_MS = 2_000;

/** Says that the server cannot be reached, and has the page tried again in a moment. */
export function ServerAway({ retry }: { retry: () => void }) {
  useEffect(() => {
    const timer = setTimeout(retry, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [retry]);
  return (
    <MessagePage
      title="The server is away"
      message="The server cannot be reached. Check the connection; this page tries again."
      busy
    />
  );
}
