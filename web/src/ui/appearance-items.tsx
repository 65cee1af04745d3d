import { Menu, useMantineColorScheme } from "@mantine/core";
import { Check, Monitor, Moon, Sun } from "lucide-react";
import type { Appearance } from "./interface-state";

const CHOICES = [
  { value: "light", label: "Light", icon: <Sun size={15} aria-hidden /> },
  { value: "dark", label: "Dark", icon: <Moon size={15} aria-hidden /> },
  { value: "auto", label: "As the system", icon: <Monitor size={15} aria-hidden /> },
] as const;

/** The looks there are, as items of a menu, with a tick at the one that was chosen. */
export function AppearanceItems({ choose }: { choose: (appearance: Appearance) => void }) {
  const { colorScheme } = useMantineColorScheme();
  return (
    <>
      <Menu.Label>Theme</Menu.Label>
      {CHOICES.map(({ value, label, icon }) => (
        <Menu.Item
          key={value}
          role="menuitemradio"
          aria-checked={colorScheme === value}
          leftSection={icon}
          rightSection={colorScheme === value && <Check size={15} aria-hidden />}
          onClick={() => choose(value)}
        >
          {label}
        </Menu.Item>
      ))}
    </>
  );
}
