import { Button, Loader, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Logo } from "../ui/logo";
import { goTo } from "./route";

interface MessagePageProps {
  title: string;
  message?: string;
  busy?: boolean;
  /** Offers the way to the list of projects. */
  home?: boolean;
  children?: ReactNode;
}

/** A page that has one thing to say. */
export function MessagePage({ title, message, busy, home, children }: MessagePageProps) {
  return (
    <main className="cc-page cc-page-center">
      <Stack align="center" gap="md" maw={420} ta="center">
        {busy ? <Loader size="sm" aria-label="Loading" /> : <Logo size={40} />}
        <Title order={1} size="h3">
          {title}
        </Title>
        {message && <Text c="dimmed">{message}</Text>}
        {children}
        {home && (
          <Button variant="default" onClick={() => goTo("/")}>
            Your projects
          </Button>
        )}
      </Stack>
    </main>
  );
}
