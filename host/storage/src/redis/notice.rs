use std::io::Write as _;

use bytes::{BufMut, Bytes, BytesMut};
use collabcanvas_canvas::{Epoch, Seq};

/// What is published in a project's channel: a line of words, then bytes. The scripts write all but the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// `O epoch first length…`, then the texts of that many bytes each: these were appended.
    Ordered { epoch: Epoch, first: Seq, texts: Vec<Bytes> },
    /// `R epoch last`: so much was appended that it has to be read from the log.
    Reached { epoch: Epoch, last: Seq },
    /// `D epoch seq`: durable up to here.
    Durable { epoch: Epoch, seq: Seq },
    /// `E epoch`: an order has begun.
    Begun { epoch: Epoch },
    /// `L epoch`: the order of this epoch was given up.
    Lost { epoch: Epoch },
    /// `N host`, then what that host tells.
    Told { host: String, notice: Bytes },
}

impl Notice {
    /// None for what this version does not know.
    pub(super) fn parse(message: &Bytes) -> Option<Self> {
        let end = message.iter().position(|byte| *byte == b'\n')?;
        let mut words = std::str::from_utf8(&message[..end]).ok()?.split(' ');
        let kind = words.next()?;
        if kind == "N" {
            return Some(Self::Told { host: words.next()?.to_owned(), notice: message.slice(end + 1..) });
        }
        let epoch = words.next()?.parse().ok()?;
        match kind {
            "O" => {
                let first = words.next()?.parse().ok()?;
                let mut at = end + 1;
                let texts = words.map(|length| take(message, &mut at, length.parse().ok()?)).collect::<Option<_>>()?;
                Some(Self::Ordered { epoch, first, texts })
            }
            "R" => Some(Self::Reached { epoch, last: words.next()?.parse().ok()? }),
            "D" => Some(Self::Durable { epoch, seq: words.next()?.parse().ok()? }),
            "E" => Some(Self::Begun { epoch }),
            "L" => Some(Self::Lost { epoch }),
            _ => None,
        }
    }

    /// The message of a host that tells something.
    pub(super) fn told(host: &str, notice: &[u8]) -> Bytes {
        let mut message = BytesMut::with_capacity(host.len() + notice.len() + 3);
        message.put_slice(b"N ");
        message.put_slice(host.as_bytes());
        message.put_u8(b'\n');
        message.put_slice(notice);
        message.freeze()
    }
}

fn take(message: &Bytes, at: &mut usize, length: usize) -> Option<Bytes> {
    let end = at.checked_add(length).filter(|end| *end <= message.len())?;
    let taken = message.slice(*at..end);
    *at = end;
    Some(taken)
}

/// A transaction in JSON: its place, then what the hot tier holds of it.
pub(super) fn line(seq: Seq, rest: &[u8]) -> Bytes {
    let mut line = Vec::with_capacity(rest.len() + 28);
    let _ = write!(line, "{{\"seq\":{seq},");
    line.extend_from_slice(rest);
    line.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_apart_by_their_lengths() {
        let message = Bytes::from_static(b"O 3 17 4 0 2\na\nbccc");
        let texts = vec![Bytes::from_static(b"a\nbc"), Bytes::new(), Bytes::from_static(b"cc")];
        assert_eq!(Notice::parse(&message), Some(Notice::Ordered { epoch: 3, first: 17, texts }));
    }

    #[test]
    fn what_is_no_notice_is_none() {
        for text in ["", "O", "O 1 2 5\nabc", "O x 2 1\na", "Z 1\n", "R 1\n", "D 1 x\n", "O 1 1 18446744073709551615\n"]
        {
            assert_eq!(Notice::parse(&Bytes::copy_from_slice(text.as_bytes())), None, "{text:?}");
        }
    }

    #[test]
    fn a_line_is_the_place_and_the_rest() {
        assert_eq!(&line(7, br#""client":"c"}"#)[..], br#"{"seq":7,"client":"c"}"#);
    }
}
