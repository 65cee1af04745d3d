import { Button, Menu, useMantineColorScheme } from "@mantine/core";
import { ChevronDown, LogOut, UserRound } from "lucide-react";
import { useState } from "react";
import { signOut } from "../api/server";
import { AppearanceItems } from "../ui/appearance-items";
import { NameDialog } from "../ui/name-dialog";

interface AccountMenuProps {
  name: string;
  onRenamed: (name: string) => void;
}

/** Whoever is signed in: their name, how the app looks to them, and the way out. */
export function AccountMenu({ name, onRenamed }: AccountMenuProps) {
  const { setColorScheme } = useMantineColorScheme();
  const [renaming, setRenaming] = useState(false);
  const leave = async () => {
    await signOut();
    location.reload();
  };
  return (
    <>
      <Menu position="bottom-end" width={230} shadow="md">
        <Menu.Target>
          <Button
            variant="subtle"
            color="gray"
            size="compact-md"
            maw={220}
            rightSection={<ChevronDown size={15} aria-hidden />}
          >
            {name}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<UserRound size={15} />} onClick={() => setRenaming(true)}>
            Change your name
          </Menu.Item>
          <Menu.Divider />
          <AppearanceItems choose={setColorScheme} />
          <Menu.Divider />
          <Menu.Item leftSection={<LogOut size={15} />} onClick={() => void leave()}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <NameDialog opened={renaming} name={name} close={() => setRenaming(false)} onRenamed={onRenamed} />
    </>
  );
}
