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

/**
 * Opens the live socket of a project. The first one sets out at once, for whoever will open it: connecting takes a
 * round trip or two, in which a canvas can be loaded. `abandon`: nobody will.
 */
export function socketAhead(project: string): { openSocket: OpenSocket; abandon: () => void } {
  let ahead: WebSocket | null = connect(project);
  return {
    openSocket(handlers) {
      const socket = ahead;
      ahead = null;
      const usable = socket && socket.readyState <= WebSocket.OPEN;
      return attend(usable ? socket : connect(project), handlers);
    },
    abandon() {
      ahead?.close();
      ahead = null;
    },
  };
}

function connect(project: string): WebSocket {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(`${scheme}//${location.host}/api/projects/${encodeURIComponent(project)}/live`);
}

/** A server says nothing before it is greeted, so that nothing can have been missed of a socket that is open already. */
function attend(socket: WebSocket, handlers: SocketHandlers): LiveSocket {
  let ended = false;
  if (socket.readyState === WebSocket.OPEN) queueMicrotask(() => ended || handlers.open());
  else socket.onopen = () => handlers.open();
  socket.onmessage = ({ data }) => handlers.message(JSON.parse(String(data)) as ServerMessage);
  socket.onclose = () => handlers.closed();
  return {
    send: (message) => socket.send(JSON.stringify(message)),
    close() {
      ended = true;
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    },
  };
}
