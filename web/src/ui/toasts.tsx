import { Button, CloseButton, CopyButton } from "@mantine/core";
import { useEffect, useState } from "react";
import type { Notice } from "../editor/editor";
import { useEditor } from "./editor-context";

interface Toast extends Notice {
  key: number;
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
  const { written } = toast;
  useEffect(() => {
    // What somebody wrote stays until it has been taken along.
    if (written !== undefined) return;
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
        {written !== undefined && <Written text={written} />}
      </div>
      <CloseButton size="sm" aria-label="Dismiss" onClick={remove} />
    </div>
  );
}

function Written({ text }: { text: string }) {
  return (
    <>
      <pre className="cc-toast-written">{text}</pre>
      {/* There is no clipboard on pages that came over plain HTTP: the text can be selected there. */}
      {navigator.clipboard && (
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="light" onClick={copy}>
              {copied ? "Copied" : "Copy your text"}
            </Button>
          )}
        </CopyButton>
      )}
    </>
  );
}

/** The same reason again and again, as from a drag, is said once. */
function withNotice(toasts: Toast[], notice: Notice): Toast[] {
  const same = toasts.find(
    ({ title, message, written }) =>
      title === notice.title && message === notice.message && written === notice.written,
  );
  if (same) return toasts.map((toast) => (toast === same ? { ...toast, count: toast.count + 1 } : toast));
  const all = [...toasts, { ...notice, key: ++lastKey, count: 1 }];
  const passing = all.filter(({ written }) => written === undefined).slice(-MOST);
  return all.filter((toast) => toast.written !== undefined || passing.includes(toast));
}
