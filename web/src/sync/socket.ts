/** The seam to the network: a real WebSocket in the app, a fake in tests. */

import type { ClientMessage, ServerMessage } from "./protocol";

export interface SocketHandlers {
  open(): void;
  message(message: ServerMessage): void;
  closed(): void;
}

export interface LiveSocket {
  send(message: ClientMessage): void;
  /** Ends it without a further call of its handlers. */
  close(): void;
}

export type OpenSocket = (handlers: SocketHandlers) => LiveSocket;

/** Opens the live socket of a project. */
export function projectSocket(project: string): OpenSocket {
  return (handlers) => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(
      `${scheme}//${location.host}/api/projects/${encodeURIComponent(project)}/live`,
    );
    socket.onopen = () => handlers.open();
    socket.onmessage = ({ data }) => handlers.message(JSON.parse(String(data)) as ServerMessage);
    socket.onclose = () => handlers.closed();
    return {
      send: (message) => socket.send(JSON.stringify(message)),
      close() {
        socket.onopen = null;
        socket.onmessage = null;
        socket.onclose = null;
        socket.close();
      },
    };
  };
}
