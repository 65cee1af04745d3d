import { CloseButton } from "@mantine/core";
import { useEffect, useState } from "react";
import { useEditor } from "./editor-context";

interface Toast {
  key: number;
  title: string;
  message: string;
  count: number;
}

const SHOWN_MS = 8_000;
const MOST = 3;

let lastKey = 0;

/** What went wrong and could not be shown where it happened: refused edits above all. */
export function Toasts() {
  const { editor } = useEditor();
  const [toasts, setToasts] = useState<Toast[]>([]);
  useEffect(
    () => editor.notices.listen((notice) => setToasts((before) => withNotice(before, notice))),
    [editor],
  );
  const remove = (key: number) => setToasts((before) => before.filter((toast) => toast.key !== key));
  return (
    <div className="cc-toasts" role="alert">
      {toasts.map((toast) => (
        <ToastCard key={`${toast.key}-${toast.count}`} toast={toast} remove={() => remove(toast.key)} />
      ))}
    </div>
  );
}

function ToastCard({ toast, remove }: { toast: Toast; remove: () => void }) {
  useEffect(() => {
    const timer = setTimeout(remove, SHOWN_MS);
    return () => clearTimeout(timer);
  });
  return (
    <div className="cc-card cc-toast">
      <div>
        <strong>
          {toast.title}
          {toast.count > 1 && ` (${toast.count} times)`}
        </strong>
        <p>{toast.message}</p>
      </div>
      <CloseButton size="sm" aria-label="Dismiss" onClick={remove} />
    </div>
  );
}

/** The same reason again and again, as from a drag, is said once. */
function withNotice(toasts: Toast[], { title, message }: { title: string; message: string }): Toast[] {
  const same = toasts.find((toast) => toast.title === title && toast.message === message);
  if (same) return toasts.map((toast) => (toast === same ? { ...toast, count: toast.count + 1 } : toast));
  return [...toasts, { key: ++lastKey, title, message, count: 1 }].slice(-MOST);
}
