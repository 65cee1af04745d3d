//! The system at hand, and the command that installs something on it.

use std::fs;
use std::path::Path;

/// How programs are installed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installer {
    /// Debian, Ubuntu and their kin.
    Apt,
    /// Fedora, Red Hat and their kin.
    Dnf,
    /// Arch and its kin.
    Pacman,
    /// Alpine.
    Apk,
    /// macOS.
    Brew,
    /// Windows.
    Winget,
    /// Some other system, whose ways are not known here.
    Unknown,
}

/// What a person may have to install by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Node.js with npm.
    Node,
    /// A browser of Chromium's family.
    Chromium,
    /// A Redis server.
    Redis,
}

impl Installer {
    /// The installer of this system.
    pub fn here() -> Self {
        match std::env::consts::OS {
            "macos" => Self::Brew,
            "windows" => Self::Winget,
            _ => Self::from_os_release(&fs::read_to_string("/etc/os-release").unwrap_or_default()),
        }
    }

    fn from_os_release(text: &str) -> Self {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches('"')
        };
        let names = std::iter::once(value("ID")).chain(value("ID_LIKE").split_whitespace());
        for name in names {
            match name {
                "debian" | "ubuntu" => return Self::Apt,
                "fedora" | "rhel" | "centos" => return Self::Dnf,
                "arch" => return Self::Pacman,
                "alpine" => return Self::Apk,
                _ => {}
            }
        }
        Self::Unknown
    }

    /// The sentence that tells how to install the program on this system.
    pub fn how_to(self, program: Program) -> String {
        let (command, elsewhere) = match program {
            Program::Node => (self.node(), "https://nodejs.org/en/download"),
            Program::Redis => (self.redis(), "https://redis.io/downloads"),
            Program::Chromium => (self.chromium(), "https://www.chromium.org/getting-involved/download-chromium"),
        };
        match command {
            Some(command) => format!("install it with `{command}`"),
            None => format!("install it from {elsewhere}"),
        }
    }

    fn node(self) -> Option<&'static str> {
        match self {
            Self::Apt => Some("sudo apt-get install nodejs npm"),
            Self::Dnf => Some("sudo dnf install nodejs npm"),
            Self::Pacman => Some("sudo pacman -S nodejs npm"),
            Self::Apk => Some("sudo apk add nodejs npm"),
            Self::Brew => Some("brew install node"),
            Self::Winget => Some("winget install OpenJS.NodeJS.LTS"),
            Self::Unknown => None,
        }
    }

    fn redis(self) -> Option<&'static str> {
        match self {
            Self::Apt => Some("sudo apt-get install redis-server"),
            Self::Dnf => Some("sudo dnf install valkey"),
            Self::Pacman => Some("sudo pacman -S valkey"),
            Self::Apk => Some("sudo apk add redis"),
            Self::Brew => Some("brew install redis"),
            Self::Winget | Self::Unknown => None,
        }
    }

    fn chromium(self) -> Option<&'static str> {
        match self {
            Self::Apt => Some("sudo apt-get install chromium"),
            Self::Dnf => Some("sudo dnf install chromium"),
            Self::Pacman => Some("sudo pacman -S chromium"),
            Self::Apk => Some("sudo apk add chromium"),
            Self::Brew => Some("brew install --cask chromium"),
            Self::Winget => Some("winget install Google.Chrome"),
            Self::Unknown => None,
        }
    }
}

/// Whether this is Debian itself, whose package names and versions are known, and not merely its kin.
pub fn is_debian() -> bool {
    Path::new("/etc/debian_version").is_file()
        && fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}

/// Debian's name for its release, such as `bookworm`.
pub fn debian_codename() -> Option<String> {
    let text = fs::read_to_string("/etc/os-release").ok().filter(|_| is_debian())?;
    text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_known_by_its_own_name_or_by_its_kin() {
        let cases = [
            ("PRETTY_NAME=\"Debian GNU/Linux 12\"\nVERSION_ID=\"12\"\nID=debian\n", Installer::Apt),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Installer::Apt),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", Installer::Dnf),
            ("ID=manjaro\nID_LIKE=arch\n", Installer::Pacman),
            ("ID=alpine\n", Installer::Apk),
            ("ID=nixos\n", Installer::Unknown),
            ("", Installer::Unknown),
        ];
        for (text, installer) in cases {
            assert_eq!(Installer::from_os_release(text), installer, "{text}");
        }
    }

    #[test]
    fn a_missing_program_is_named_with_the_command_that_installs_it() {
        assert_eq!(Installer::Brew.how_to(Program::Node), "install it with `brew install node`");
        assert_eq!(Installer::Apt.how_to(Program::Chromium), "install it with `sudo apt-get install chromium`");
        assert_eq!(Installer::Unknown.how_to(Program::Node), "install it from https://nodejs.org/en/download");
    }
}
